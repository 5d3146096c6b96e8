/** What is switched off by `--disable-features`: one list, because Chromium takes the last such flag alone. */
const DISABLED_FEATURES = [
  'Translate',
  'OptimizationHints',
  'MediaRouter',
  'DialMediaRouteProvider',
  'CalculateNativeWinOcclusion',
  'InterestFeedContentSuggestions',
  'CertificateTransparencyComponentUpdater',
  'AutofillServerCommunication',
  'PrivacySandboxSettings4',
  'RenderDocument',
  // The omnibox popups are pages of their own: without them a browser context costs half the memory.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'OmniboxWebUIPopup',
];

/**
 * The part of chrome-launcher's defaults that a person's own profile can live with: its extensions, its sound
 * and its keychain stay, first-run noise and chatter with servers go.
 */
const ALWAYS = [
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-search-engine-choice-screen',
  '--hide-crash-restore-bubble',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-client-side-phishing-detection',
  '--disable-component-extensions-with-background-pages',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-sync',
  '--disable-breakpad',
  '--metrics-recording-only',
  '--propagate-iph-for-testing',
  // Tabs of several agents work at the same time, most of them behind another window.
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-background-timer-throttling',
  '--disable-ipc-flooding-protection',
  '--disable-hang-monitor',
  '--disable-prompt-on-repost',
  '--force-fieldtrials=*BackgroundTracing/default/',
];

/** What decides the command line of a browser. */
export interface FlagFacts {
  /** 0: Chrome takes any free port itself. */
  port: number;
  profile: string;
  headless: boolean;
  noSandbox: boolean;
  smallShm: boolean;
  platform: NodeJS.Platform;
  /** The state folder of the hub: by this mark a hub tells another one's browser from a person's. */
  home: string;
}

/** The mark's flag; Chrome ignores switches that it does not know. */
export const HUB_MARK = '--cdp-hub-home=';

/** The whole command line, the start page excepted. */
export function browserFlags(facts: FlagFacts): string[] {
  return [
    ...ALWAYS,
    `--disable-features=${DISABLED_FEATURES.join(',')}`,
    `--remote-debugging-port=${facts.port}`,
    // Lifeline: held by the supervisor, and Chrome exits when it closes, however the supervisor ends.
    '--remote-debugging-pipe',
    `--user-data-dir=${facts.profile}`,
    ...(facts.headless ? ['--headless=new'] : []),
    ...(facts.noSandbox ? ['--no-sandbox'] : []),
    ...(facts.smallShm ? ['--disable-dev-shm-usage'] : []),
    // Cookies are kept under a key of the desktop's keyring where there is one: a profile that is used with and
    // without a desktop would lose its logins at each change.
    ...(facts.platform === 'linux' ? ['--password-store=basic'] : []),
    `${HUB_MARK}${facts.home}`,
  ];
}
