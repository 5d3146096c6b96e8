import { type CdpError, hubError } from '../protocol/errors.ts';

/** What becomes of a command before it reaches the browser. */
export type Verdict =
  | { do: 'forward' }
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
  },
];

const FORWARD: Verdict = { do: 'forward' };

const BY_NAME = new Map(RULES.flatMap((rule) => rule.methods.map((name) => [name, rule] as const)));

/**
 * The policy of everybody: what one client may not do to all the others, whatever its isolation. `onRoot`: the
 * command is for a root session; sessions of pages and frames reach the whole browser too.
 */
export function judge(method: string, onRoot = false): Verdict {
  const rule = BY_NAME.get(method) ?? BY_NAME.get(`${method.slice(0, method.indexOf('.'))}.*`);
  if (!rule || (rule.onRoot && !onRoot)) return FORWARD;
  return rule.because === undefined
    ? { do: 'leave' }
    : { do: 'refuse', error: hubError(`${method} is refused: ${rule.because}`) };
}
