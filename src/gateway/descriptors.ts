/** What the gateway needs itself: the browser's connection and its successor, discovery, the supervisor, the log. */
const OWN = 64;

/** How many connections there may be at once, of `most` at best: the process must not run out of descriptors by them. */
export function maxConnections(most: number, limit = openFiles()): number {
  // With fewer than it needs itself there is nothing right to do.
  return Math.min(most, Math.max(limit - OWN, Math.floor(limit / 4)));
}

/** How many files and sockets this process may have open; Node has raised it as far as it could. */
function openFiles(): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = report.userLimits?.open_files?.soft;
  // Windows has no such limit, and elsewhere it may be off.
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY;
}
