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
}
