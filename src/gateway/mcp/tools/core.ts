import { act } from './core/act.ts';
import { hub } from './core/hub.ts';
import { look } from './core/look.ts';
import { pages } from './core/pages.ts';
import { script } from './core/script.ts';
import type { Tool } from './tool.ts';

/** What every agent needs. */
export const core: readonly Tool[] = [...pages, ...look, ...act, ...script, ...hub];
