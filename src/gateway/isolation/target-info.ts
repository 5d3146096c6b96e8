/** What the hub reads of `Target.TargetInfo`. */
export interface TargetInfo {
  targetId: string;
  type: string;
  url: string;
  title?: string;
  attached?: boolean;
  subtype?: string;
  browserContextId?: string;
  /** On pages that were opened by another, `noopener` or not. */
  openerId?: string;
  /** On frames and dedicated workers. */
  parentId?: string;
  /** On tabs of the browser's own windows; the tabs without are pages of its user interface. */
  embedderData?: unknown;
}

/** Workers that live beside all pages of their origin: they name no page that they belong to. */
export function isSharedWorker(type: string): boolean {
  return type === 'service_worker' || type === 'shared_worker';
}
