/** A command as `/execute` was given it. */
export interface WorkspaceCall {
  method: string;
  params: object | undefined;
  /** The caller's own tab, the browser, or a target or session named by the caller. */
  on:
    | { kind: 'tab' }
    | { kind: 'browser' }
    | { kind: 'target'; id: string }
    | { kind: 'session'; id: string };
  bytes: number;
  /** Nobody waits for it any more: what has not gone out by then never does. */
  signal?: AbortSignal | undefined;
}
