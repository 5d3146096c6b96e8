import { reachableHost, urlHost } from '../shared/hosts.ts';
import type { ListenSpec } from '../shared/isolation.ts';
import { choosePort, type PortWish } from './ports.ts';

/** The gateway's further ports. Once bound, they come back to the same numbers: clients know them. */
export class ListenPorts {
  readonly #host: string;
  #specs: readonly ListenSpec[];
  #bound = false;

  constructor(host: string, specs: readonly ListenSpec[]) {
    this.#host = host;
    this.#specs = specs;
  }

  /** As they are: with the numbers bound, once they are. */
  get specs(): readonly ListenSpec[] {
    return this.#specs;
  }

  get urls(): { workspace: string; url: string }[] {
    if (!this.#bound) return [];
    return this.#specs.map(({ workspace, port }) => ({
      workspace,
      url: `http://${urlHost(reachableHost(this.#host))}:${port}`,
    }));
  }

  /** Throws PORT_TAKEN with the holder of one that cannot be had. */
  async check(): Promise<void> {
    if (this.#bound) return;
    for (const spec of this.#specs) await choosePort(this.#wish(spec), () => {});
  }

  /** The gateway listens; the numbers are in the order of {@link specs}. */
  boundTo(ports: readonly number[]): void {
    this.#specs = this.#specs.map((spec, i) => ({ ...spec, port: ports[i] ?? spec.port }));
    this.#bound = true;
  }

  /** For the error of a bind that failed on this port; null: it is none of these. */
  wishFor(port: number): PortWish | null {
    const spec = this.#specs.find((each) => each.port === port);
    return spec ? this.#wish(spec) : null;
  }

  #wish({ port, workspace }: ListenSpec): PortWish {
    return {
      host: this.#host,
      port,
      named: true,
      what: `gateway (for workspace ${workspace})`,
      flag: '--listen',
      rest: `=workspace:${workspace}`,
    };
  }
}
