import type { Site } from '../gateway/isolation/site.ts';

/** What a client's script is given. */
export interface Place {
  /** The address that the client would be given of Chrome's own, without a slash at the end. */
  http: string;
  /** The WebSocket of the browser as a whole. */
  ws: string;
  site: Site;
  /** Whom the pages are opened for. */
  who: string;
  /** A folder that nobody else writes to. */
  folder: string;
}

/** One thing that a client does and looks at; it leaves no page behind. */
export interface Step<Actor> {
  name: string;
  /**
   * The others pause meanwhile. There is one trace for the whole browser, and where many work Chrome takes tens of
   * seconds to begin and to end it.
   */
  alone?: boolean;
  run(actor: Actor): Promise<void>;
}

/** Plays a script and answers with the steps that failed, each with what it said. */
export type Play = (place: Place, turns?: Turns) => Promise<string[]>;

/** A step that takes longer counts as one that hangs; milliseconds. */
const HANGS = 20_000;

/** The steps of one client from its connection to its end; all are tried, whatever the ones before them came to. */
export function script<Actor extends AsyncDisposable>(
  connect: (place: Place) => Promise<Actor>,
  steps: readonly Step<Actor>[],
): Play {
  return async (place, turns = new Turns()) => {
    await using actor = await connect(place);
    const failed: string[] = [];
    for (const step of steps) {
      const run = () => inTime(step.run(actor));
      await (step.alone ? turns.alone(run) : turns.together(run)).catch((error: unknown) => {
        failed.push(`${step.name}: ${where(error)}`);
      });
    }
    return failed;
  };
}

/** What clients that play at once have between them: any number go together, or one alone, as they come. */
export class Turns {
  readonly #together = new Set<Promise<void>>();
  #alone: Promise<void> = Promise.resolve();

  async together(run: () => Promise<void>): Promise<void> {
    const mine = this.#alone.then(run);
    this.#together.add(mine);
    await mine.finally(() => this.#together.delete(mine));
  }

  alone(run: () => Promise<void>): Promise<void> {
    const mine = Promise.allSettled([this.#alone, ...this.#together]).then(run);
    this.#alone = mine.catch(() => {});
    return mine;
  }
}

async function inTime(work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = setTimeout(() => reject(new Error(`hangs: nothing within ${HANGS} ms`)), HANGS);
  await Promise.race([work, promise]).finally(() => clearTimeout(late));
}

/** What went wrong, and the line of the script where it did. */
function where(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const line = error.stack?.split('\n').find((each) => each.includes('-steps.ts'));
  return `${error.message}${line ? `\n${line}` : ''}`;
}

/** Width and height of a PNG, whose first chunk says them (RFC 2083, section 4.1.1). */
export function pictureSize(png: Uint8Array): { width: number; height: number } {
  const bytes = Buffer.from(png);
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** What pages are asked, in the words of the page. */
export const ASK = {
  text: 'document.querySelector("h1").textContent',
  button: 'document.querySelector("#button").textContent',
  field: 'document.querySelector("#field").value',
  /** Whether its first field, given the focus, hears of it. */
  focused: `new Promise((resolve) => {
    const field = document.querySelector('input');
    field.onfocus = () => resolve(document.hasFocus());
    field.focus();
  })`,
  upload: 'document.querySelector("#file").files[0].text()',
  geolocation: `new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(
    ({ coords }) => resolve([coords.latitude, coords.longitude].join()), ({ message }) => reject(message)))`,
  permission: 'navigator.permissions.query({ name: "geolocation" }).then(({ state }) => state)',
  screen: '[innerWidth, innerHeight, devicePixelRatio].join()',
  dark: 'matchMedia("(prefers-color-scheme: dark)").matches',
  zone: 'Intl.DateTimeFormat().resolvedOptions().timeZone',
};
