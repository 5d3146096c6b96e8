import { tooDeep } from '../contract/depth.ts';
import { type CdpError, hubError } from '../protocol/errors.ts';

/** What becomes of a command before it reaches the browser. */
export type Verdict =
  /** It goes on; with `params` in place of its own where a rule rewrote them. */
  | { do: 'forward'; params?: object }
  /** The hub answers with this error. */
  | { do: 'refuse'; error: CdpError }
  /** The hub answers `{}` and ends this client: for it the browser is closed. */
  | { do: 'leave' };

interface Rule {
  /** A method, or a whole domain: `Tethering.*`. */
  methods: readonly string[];
  /** Completes `<method> is refused: …`; absent: the command ends the client. */
  because?: string;
  /** Only where it is sent to the browser as a whole; on the session of a page it is the page's own affair. */
  onRoot?: true;
}

/** The rules as data: a method that no row names is forwarded. */
const RULES: readonly Rule[] = [
  { methods: ['Browser.close'] },
  {
    methods: ['Browser.crash', 'Browser.crashGpuProcess'],
    because: 'it would end the browser for every client of this hub',
  },
  {
    methods: ['Target.setRemoteLocations', 'Tethering.*'],
    because: 'it would open network ports in the name of every client of this hub',
  },
  {
    methods: ['Target.exposeDevToolsProtocol'],
    because: "it would hand a page's script the whole browser, past this hub",
  },
  {
    methods: ['Fetch.enable'],
    because: 'it would pause the requests of every client; send it on the sessions of your pages',
    onRoot: true,
  },
  {
    methods: ['Browser.executeBrowserCommand'],
    because: 'it would act in the window of the person at the browser',
    onRoot: true,
  },
];

const FORWARD: Verdict = { do: 'forward' };

const BY_NAME = new Map(RULES.flatMap((rule) => rule.methods.map((name) => [name, rule] as const)));

/** How deep messages may be wrapped into one another: real clients wrap a worker in a page at most. */
const MAX_WRAPS = 8;

/**
 * The policy of everybody: what one client may not do to all the others, whatever its isolation. `onRoot`: the
 * command is for a root session; sessions of pages and frames reach the whole browser too.
 */
export function judge(method: string, params: object | undefined, onRoot = false): Verdict {
  return judgeAt(method, params, { onRoot, wraps: MAX_WRAPS });
}

interface At {
  onRoot: boolean;
  /** How much deeper messages may still be wrapped. */
  wraps: number;
}

function judgeAt(method: string, params: object | undefined, at: At): Verdict {
  const rule = BY_NAME.get(method) ?? BY_NAME.get(`${method.slice(0, method.indexOf('.'))}.*`);
  if (rule && (at.onRoot || !rule.onRoot)) {
    return rule.because === undefined
      ? { do: 'leave' }
      : { do: 'refuse', error: hubError(`${method} is refused: ${rule.because}`) };
  }
  return method === 'Target.sendMessageToTarget' ? judgeInner(params, at.wraps) : FORWARD;
}

/**
 * `Target.sendMessageToTarget` carries a whole command as text, past every rule that looks at methods. The
 * text is written anew from what was judged, so that no two readers of it can disagree.
 */
function judgeInner(params: object | undefined, wraps: number): Verdict {
  const message = (params as { message?: unknown } | undefined)?.message;
  if (typeof message !== 'string') return FORWARD;
  let inner: { method?: unknown; params?: object };
  try {
    inner = JSON.parse(message) as typeof inner;
  } catch {
    return { do: 'refuse', error: hubError('Target.sendMessageToTarget carries a message that is no JSON') };
  }
  if (wraps === 0 || typeof inner !== 'object' || inner === null || typeof inner.method !== 'string') {
    return {
      do: 'refuse',
      error: hubError('Target.sendMessageToTarget carries a message that is no command'),
    };
  }
  if (tooDeep(inner)) {
    return { do: 'refuse', error: hubError('Target.sendMessageToTarget carries a message that is too deep') };
  }
  const verdict = judgeAt(inner.method, inner.params, {
    // What is wrapped is for a session below, of a page or a worker.
    onRoot: false,
    wraps: wraps - 1,
  });
  if (verdict.do !== 'forward') return verdict;
  const rewritten = verdict.params ? { ...inner, params: verdict.params } : inner;
  return { do: 'forward', params: { ...params, message: JSON.stringify(rewritten) } };
}
