import { z } from 'zod';
import type { ProgramEvent } from '../../../shared/program-events.ts';
import type { Artifacts } from '../browser/artifacts.ts';
import type { Act, ActOptions, Effects } from '../browser/effects.ts';
import type { FilePolicy } from '../browser/file-policy.ts';
import type { Frame, Page } from '../browser/puppeteer.ts';
import type { SessionBrowser } from '../browser/session-browser.ts';
import type { Tab } from '../browser/tab.ts';

/** The groups that a client may ask for with `?tools=`. */
export const GROUPS = ['core', 'debug', 'emulation', 'trace', 'artifacts'] as const;
export type Group = (typeof GROUPS)[number];

/** What a client gets that asks for none. */
export const DEFAULT_GROUPS: readonly Group[] = ['core', 'debug', 'emulation', 'artifacts'];

/** What a tool answers. */
export interface ToolResult {
  /** For the model, short. */
  text: string;
  /** In the form of the tool's `output`; the text says the same. */
  structured?: Record<string, unknown>;
  /** What the text is a part of: kept as an artifact, with a link beside the text. */
  whole?: { name: string; mimeType: string; data: string };
  /** PNG, JPEG or WebP, in base64; what is too large for an answer is kept as an artifact instead. */
  images?: { data: string; mimeType: string }[];
  /** What was too large to be said. */
  links?: { uri: string; name: string; mimeType: string; size: number; description?: string }[];
}

/** What every tool works with; nothing of it belongs to the protocol that brought the call. */
export interface ToolContext {
  browser: SessionBrowser;
  /** The files of this session: what is too large to be said goes there, and is answered as a link. */
  artifacts: Artifacts;
  /** Which other files of the machine it may have. */
  files: FilePolicy;
  hub: HubView;
  /** Aborted when the client cancels the call or its time is over. */
  signal: AbortSignal;
  /** Told to a client that wants to hear of it; `total`: absent where nobody knows. */
  progress(done: number, total: number | undefined, message: string): void;
}

/** What the hub tells a session of itself. */
export interface HubView {
  version: string;
  /** The clients as the session may see them: without the ids that others are ended by. */
  clients(): { name: string; kind: string; workspace: string; tabs: number; you: boolean }[];
  /** What happened to it lately, oldest first. */
  events(): ProgramEvent[];
  /** Calls back at each from now on; what it returns ends that. */
  onEvent(hear: (type: ProgramEvent['type']) => void): () => void;
}

/** What a tool of one page works with, in that page's turn. */
export interface PageContext extends ToolContext {
  tab: Tab;
  page: Page;
  /** The frame that was selected, else the main one. */
  frame: Frame;
  /** Does something to the page and waits for what it causes; the signal is aborted once nobody waits any more. */
  act(work: Act, options?: ActOptions): Promise<Effects>;
}

/** Hints for the client (MCP 2025-11-25, server/tools, `ToolAnnotations`). */
export interface Annotations {
  readOnlyHint: boolean;
  destructiveHint?: boolean;
  idempotentHint?: boolean;
  openWorldHint: boolean;
}

interface Common<Input extends z.ZodObject> {
  name: string;
  title: string;
  description: string;
  input: Input;
  /** Absent: the answer has no structure. */
  output?: z.ZodObject;
  annotations: Annotations;
  /** Milliseconds, where it is not the usual time; an argument `timeout` comes before it. */
  timeout?: number;
}

/** A tool as it is listed and called. */
export interface Tool extends Common<z.ZodObject> {
  /** `page`: it works on one page and takes a `pageId`. `dialog`: on a page whose dialog is open, too. */
  readonly of: 'session' | 'page' | 'dialog';
  run(context: PageContext, args: Record<string, unknown>): Promise<ToolResult>;
}

/** A tool that needs no page. */
export function sessionTool<Input extends z.ZodObject>(
  tool: Common<Input> & { run(context: ToolContext, args: z.output<Input>): Promise<ToolResult> },
): Tool {
  return { ...tool, of: 'session', run: tool.run as Tool['run'] };
}

export const PAGE_ID = z
  .number()
  .int()
  .optional()
  .describe('The page, as list_pages numbers it. Default: the selected page.');

/** A tool of one page: calls for one page are done one after the other. */
export function pageTool<Input extends z.ZodObject>(
  tool: Common<Input> & {
    /** It works while a dialog is open, and does not wait for the calls before it. */
    dialog?: boolean;
    run(context: PageContext, args: z.output<Input>): Promise<ToolResult>;
  },
): Tool {
  const { dialog = false, run, ...rest } = tool;
  return {
    ...rest,
    input: tool.input.extend({ pageId: PAGE_ID }),
    of: dialog ? 'dialog' : 'page',
    run: run as Tool['run'],
  };
}

/** Reads only, of pages that anybody may have made. */
export const READS: Annotations = { readOnlyHint: true, openWorldHint: true };

/** Changes what is on the page, or on the server behind it. */
export const ACTS: Annotations = { readOnlyHint: false, destructiveHint: true, openWorldHint: true };

/** Changes how this session looks at the page, and nothing else. */
export const SETS: Annotations = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};
