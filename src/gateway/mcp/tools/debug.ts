import { consoleTools } from './debug/console.ts';
import { networkTools } from './debug/network.ts';
import type { Tool } from './tool.ts';

/** Why a page does what it does. */
export const debug: readonly Tool[] = [...consoleTools, ...networkTools];
