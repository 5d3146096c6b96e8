import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Who listens on a TCP port, as far as the system tells us. */
export interface PortHolder {
  pid: number;
  /** Command line, cut to 120 characters. */
  command: string;
  /** Milliseconds since it started; null where unknown. */
  age: number | null;
}

/** TCP_LISTEN in /proc/net/tcp (include/net/tcp_states.h). */
const LISTEN = '0A';

/**
 * The process that listens on `port`, IPv4 or IPv6; null when nobody does or its owner may not be seen.
 * Linux reads /proc (`ss` and `lsof` are not on every machine); elsewhere `pid-port` asks the system's tools.
 */
export async function portHolder(port: number): Promise<PortHolder | null> {
  const pid =
    process.platform === 'linux'
      ? holderPid((row) => row.state === LISTEN && row.localPort === port)
      : await askSystem(port);
  return pid === null ? null : { pid, command: commandLine(pid), age: processAge(pid) };
}

/**
 * The local processes at the other ends of accepted connections, the owners of `peerPort → localPort`, in the same
 * order. Linux only. It is one pass over /proc, which takes 10 ms and more.
 */
export function peerPids(connections: readonly { peerPort: number; localPort: number }[]): (number | null)[] {
  if (process.platform !== 'linux') return connections.map(() => null);
  const rows = tcpRows();
  const inodes = connections.map(
    ({ peerPort, localPort }) =>
      rows.find((row) => row.localPort === peerPort && row.remotePort === localPort)?.inode ?? '',
  );
  const wanted = new Set(inodes.filter((inode) => inode !== ''));
  const owners = socketOwners(wanted, wanted.size);
  return inodes.map((inode) => owners.get(inode) ?? null);
}

/** `pid 4117 (node server.js, 3m)`: how messages name a process. */
export function describeHolder(holder: PortHolder | null): string {
  return holder
    ? `pid ${holder.pid} (${holder.command || 'command unknown'})`
    : 'a process that this user may not see';
}

/** When a process started, in a form that no other process of this boot has; null when it is gone. */
export function startToken(pid: number): string | null {
  if (process.platform !== 'linux') return isAlive(pid) ? 'alive' : null;
  const stat = statFields(pid);
  return stat && stat.state !== 'Z' ? `${bootId()}:${stat.startTicks}` : null;
}

/** True while a process with this pid exists, also one that we may not signal. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

interface TcpRow {
  state: string;
  localPort: number;
  remotePort: number;
  inode: string;
}

function holderPid(wanted: (row: TcpRow) => boolean): number | null {
  const inodes = tcpRows()
    .filter(wanted)
    .map((row) => row.inode);
  const [pid] = socketOwners(new Set(inodes), 1).values();
  return pid ?? null;
}

/** The processes that hold these socket inodes, until `enough` are known. */
function socketOwners(inodes: ReadonlySet<string>, enough: number): Map<string, number> {
  const owners = new Map<string, number>();
  if (inodes.size === 0) return owners;
  for (const entry of list('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    for (const fd of list(`/proc/${entry}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${entry}/fd/${fd}`))?.[1];
      if (inode !== undefined && inodes.has(inode)) owners.set(inode, Number(entry));
      if (owners.size >= enough) return owners;
    }
  }
  return owners;
}

/** proc_net_tcp(5): `sl local_address rem_address st … inode`, ports in hexadecimal. */
function tcpRows(): TcpRow[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    text(file)
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/);
        if (!local || !remote || !state || !inode) return [];
        const portOf = (address: string) => Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);
        return [{ state, localPort: portOf(local), remotePort: portOf(remote), inode }];
      }),
  );
}

async function askSystem(port: number): Promise<number | null> {
  const { portToPid } = await import('pid-port');
  return (await portToPid(port).catch(() => undefined)) ?? null;
}

function commandLine(pid: number): string {
  return text(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim().slice(0, 120);
}

/** proc_pid_stat(5): the command name in parentheses may hold anything, so fields count from the last `)`. */
function statFields(pid: number): { state: string; startTicks: number } | null {
  const stat = text(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[19] ? { state: fields[0] ?? '', startTicks: Number(fields[19]) } : null;
}

/** USER_HZ is 100 on every Linux that Node runs on. */
function processAge(pid: number): number | null {
  const stat = statFields(pid);
  const uptime = Number.parseFloat(text('/proc/uptime'));
  return stat && Number.isFinite(uptime) ? Math.max(0, uptime * 1000 - stat.startTicks * 10) : null;
}

function bootId(): string {
  return text('/proc/sys/kernel/random/boot_id').trim();
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
