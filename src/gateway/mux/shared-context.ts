import type { Outcome } from '../isolation/rulings.ts';
import { type Downloader, Downloads, type DownloadsOptions } from './downloads.ts';
import { PermissionKeeper } from './permission-keeper.ts';
import type { CdpSession } from './sessions.ts';

/**
 * What Chrome keeps once for its default context, whoever asks: permissions and downloads. The hub asks for what
 * fits all its clients, and gives each its own.
 */
export class SharedContext {
  readonly downloads: Downloads;
  readonly #permissions: PermissionKeeper<Downloader>;

  constructor(options: DownloadsOptions) {
    this.downloads = new Downloads(options);
    this.#permissions = new PermissionKeeper(options.control);
  }

  /** A client's command about the default context, as it came on one of its sessions. */
  perform(
    { client, session }: { client: Downloader; session: CdpSession },
    command: { method: string; params: object },
    done: (outcome: Outcome) => void,
  ): void {
    if (command.method.endsWith('Download') || command.method.endsWith('.setDownloadBehavior')) {
      this.downloads.perform(client, session, command, done);
    } else this.#permissions.perform(client, command.method, command.params, done);
  }

  left(client: Downloader): void {
    this.#permissions.left(client);
    this.downloads.left(client);
  }

  /** The hub's own session is there, or another in its place. */
  reopened(): void {
    this.#permissions.reopened();
    this.downloads.reopened();
  }

  clear(): void {
    this.#permissions.clear();
    this.downloads.clear();
  }
}
