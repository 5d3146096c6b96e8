import { HubError } from '../../shared/errors.ts';
import { oneLine } from '../../shared/text.ts';

/** How a browser ended: Node's exit event, and the end of what it wrote to stderr. */
export interface BrowserExit {
  code: number | null;
  signal: string | null;
  stderrTail: string[];
}

/** How many lines of stderr are kept and shown. */
const TAIL = 20;

/** Without a system bus (every container) Chrome complains dozens of times about it, and works. */
const NOISE = /:(?:ERROR|WARNING):dbus\/|^DevTools listening on /;

/** The last lines of what a browser wrote, safe for a terminal row; what is always there is left out. */
export function tailOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => oneLine(line).trimEnd());
  return lines.filter((line) => line !== '' && !NOISE.test(line)).slice(-TAIL);
}

/** BROWSER_FAILED for a browser that ended before it was ready: how, its last words, what to do. */
export function startFailure(path: string, exit: BrowserExit): HubError {
  const how = exit.signal ? `was ended by ${exit.signal}` : `exited with code ${exit.code}`;
  const words = exit.stderrTail.length > 0 ? `:\n${exit.stderrTail.join('\n')}` : ' and said nothing';
  return new HubError('BROWSER_FAILED', `${path} ${how} before it was ready${words}`, fixFor(path, exit));
}

/** Known causes, the first that matches. */
function fixFor(path: string, { code, stderrTail }: BrowserExit): string {
  const said = stderrTail.join('\n');
  const library = /error while loading shared libraries: ([^:\s]+)/.exec(said)?.[1];
  if (library) {
    return `The system lacks ${library}, which the browser needs. On Debian and Ubuntu: apt-get update && apt-get install -y chromium brings all of them.`;
  }
  if (/profile appears to be in use|Opening in existing browser session/i.test(said) || code === 21) {
    return 'Another browser has this profile: close it, or start with --isolated for a temporary profile.';
  }
  if (/No usable sandbox|setuid sandbox|without --no-sandbox/i.test(said)) {
    return 'The system forbids Chrome’s sandbox: allow user namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=0), or install the browser as a system package, which brings the permission.';
  }
  if (
    /Missing X server|cannot open display|Unable to open X display|Failed to connect to Wayland/i.test(said)
  ) {
    return 'There is no display that it may use: start with --headless.';
  }
  if (/snap/.test(path) || /snap/i.test(said)) {
    return 'A snap may not write to hidden folders: set CDP_HUB_HOME=~/snap/chromium/common/cdp-hub, or install Chrome as a package.';
  }
  if (/No space left|Read-only file system|Permission denied/i.test(said)) {
    return 'It could not write its profile: free the disk or set CDP_HUB_HOME to a folder that you may write.';
  }
  return `To see more, start it by hand: ${path} --headless=new --user-data-dir=/tmp/cdp-hub-try about:blank — or name another with --browser-path.`;
}
