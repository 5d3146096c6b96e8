import { act } from './core/act.ts';
import { fields } from './core/fill.ts';
import { find } from './core/find.ts';
import { hub } from './core/hub.ts';
import { keys } from './core/keys.ts';
import { look } from './core/look.ts';
import { pages } from './core/pages.ts';
import { pictures } from './core/picture.ts';
import { script } from './core/script.ts';
import { scrolling } from './core/scroll.ts';
import { texts } from './core/text.ts';
import { uploads } from './core/upload.ts';
import { waits } from './core/wait.ts';
import type { Tool } from './tool.ts';

/** What every agent needs. */
export const core: readonly Tool[] = [
  ...pages,
  ...look,
  ...pictures,
  ...waits,
  ...act,
  ...fields,
  ...keys,
  ...scrolling,
  ...uploads,
  ...texts,
  ...find,
  ...script,
  ...hub,
];
