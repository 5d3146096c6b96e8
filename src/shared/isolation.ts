import { domainToASCII } from 'node:url';
import { z } from 'zod';

/**
 * What a client shares with the others. `tabs`: the profile with its logins is shared, each sees and drives only
 * the tabs that it opened and their popups. `context`: cookies, storage and cache of its own. `none`: everything
 * is visible, as with Chrome itself.
 */
export const Isolation = z.enum(['tabs', 'context', 'none']);
export type Isolation = z.infer<typeof Isolation>;

/** 1 to 64 letters, digits, dots, dashes and underscores; not `.` or `..`, which no path of a URL can carry. */
export const WORKSPACE_NAME = /^(?!\.{1,2}$)[\w.-]{1,64}$/;

/**
 * A site whose login is copied in, as cookies name it: `Example.com`, `.example.com` and `example.com.` are all
 * `example.com`. Null for what is no host name.
 */
export function seedSite(text: string): string | null {
  // domainToASCII reads a URL's host: what only a URL has would be cut off or decoded.
  if (/[\s/\\?#%@:[\]]/.test(text)) return null;
  const name = domainToASCII(text).replace(/^\./, '').replace(/\.$/, '');
  return name.length <= 253 && HOST_NAME.test(name) ? name : null;
}

const HOST_NAME = /^(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*$/;

/** A further port of the gateway, for clients whose URL can carry neither path nor query. */
export const ListenSpec = z.object({
  /** 0: any free one. */
  port: z.number().int().min(0).max(65535),
  workspace: z.string().regex(WORKSPACE_NAME),
  /** Null: what the hub does by default, `context` where there is a seed. */
  isolation: Isolation.nullable(),
  /** The sites whose login is copied in at the start, in order; `context` only. */
  seed: z.array(z.string()),
});
export type ListenSpec = z.infer<typeof ListenSpec>;

/** What a gateway needs to find a workspace of the one before it again, in the browser that is still there. */
export const JournalEntry = z.object({
  name: z.string(),
  /** False: the workspace of one connection, which nobody can come back to. */
  named: z.boolean(),
  isolation: Isolation,
  seed: z.array(z.string()),
  /** The browserContextId that its tabs are made in; null: the browser's default one. */
  home: z.string().nullable(),
  /** The browserContextIds that its clients made. */
  contexts: z.array(z.string()),
  /** The targetIds of its tabs. */
  targets: z.array(z.string()),
  /** The id of the client that calls it over HTTP, where that is paused. */
  paused: z.string().nullable(),
});
export type JournalEntry = z.infer<typeof JournalEntry>;

export const Journal = z.object({
  /** The `wsUrl` of the browser whose ids these are. */
  browser: z.string(),
  workspaces: z.array(JournalEntry),
});
export type Journal = z.infer<typeof Journal>;
