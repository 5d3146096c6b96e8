import { emulate } from './emulation/emulate.ts';
import { resizePage } from './emulation/resize-page.ts';
import type { Tool } from './tool.ts';

/** What a page is shown on. */
export const emulation: readonly Tool[] = [emulate, resizePage];
