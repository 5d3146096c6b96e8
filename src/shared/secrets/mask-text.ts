import { SECRET_HEADERS, TOKEN_NAMES, URL_TOKEN_NAMES } from './names.ts';
import { MASK, type Secrets } from './secrets.ts';

const TOKENS = new Set(TOKEN_NAMES);
const IN_URLS = new Set([...TOKEN_NAMES, ...URL_TOKEN_NAMES]);

// Each begins at few places of a text and goes on from there once: texts may be long, and a page's own.

/** The user and the password of a URL. */
const USER_INFO = /:\/\/([^\s/?#@"'<>]{1,512})@/g;
/** A parameter in a URL or a form, also in one that is a parameter of another and is encoded so many times. */
const PARAMETER = /(?<![\w.-])([\w.-]{1,80})(=|%(?:25)*3D)((?:(?!%(?:25)*2[36])[^&#;\s"'<>\\])+)/gi;
/** An address in an address in an address. */
const NESTED = 4;
/** What is left of an encoded `?`, `&` or `#` before a name. */
const ENCODED_LEAD = /^(?:25)*(?:3F|26|23)/i;
/** A member of JSON in a text, the quotes escaped or not. */
const MEMBER = /(\\?"([\w.-]{1,80})\\?"\s{0,8}:\s{0,8}\\?")([^"\\]+)/g;
/** A line of headers in a text. */
const HEADER_LINE = /\b(authorization|cookie|set-cookie)(\s{0,8}:\s{0,8})([^\r\n"'\\]+)/gi;
const SCHEME = /\b(Bearer|Basic|Negotiate)(\s{1,8})([\w.~+/=-]{8,})/gi;

/** A text of which the tokens, the credentials of URLs, and the secrets that are known are masked. */
export function maskText(text: string, secrets: Secrets): string {
  let masked = text;
  if (text.includes('@')) {
    masked = masked.replace(USER_INFO, (_, user: string) => {
      secrets.learn(decoded(user.slice(user.indexOf(':') + 1)));
      return `://${MASK}@`;
    });
  }
  if (/=|%3D|%253D/i.test(masked)) masked = maskParameters(masked, secrets, NESTED);
  if (text.includes('":') || text.includes('" :')) {
    masked = masked.replace(MEMBER, (all: string, lead: string, name: string, value: string) => {
      if (SECRET_HEADERS.has(name.toLowerCase())) return `${lead}${headerValue(name, value, secrets)}`;
      return isToken(name, TOKENS) ? `${lead}${learned(value, secrets)}` : all;
    });
  }
  masked = masked
    .replace(HEADER_LINE, (_, name: string, colon: string, value: string) => {
      return `${name}${colon}${headerValue(name, value, secrets)}`;
    })
    .replace(SCHEME, (_, scheme: string, space: string, value: string) => {
      secrets.learn(value);
      return `${scheme}${space}${MASK}`;
    });
  return secrets.mask(masked);
}

/** `deep`: in how many parameters of parameters. */
function maskParameters(text: string, secrets: Secrets, deep: number): string {
  return text.replace(PARAMETER, (all: string, name: string, equals: string, value: string) => {
    if (!isToken(name.replace(ENCODED_LEAD, ''), IN_URLS)) {
      return deep > 0 ? `${name}${equals}${maskParameters(value, secrets, deep - 1)}` : all;
    }
    secrets.learn(value);
    secrets.learn(decoded(value));
    return `${name}${equals}${MASK}`;
  });
}

/** `token`, and `csrf.token` or `my_token` as well. */
function isToken(name: string, tokens: ReadonlySet<string>): boolean {
  const lower = name.toLowerCase();
  if (tokens.has(lower)) return true;
  const last = lower.slice(Math.max(...['_', '-', '.'].map((mark) => lower.lastIndexOf(mark))) + 1);
  return last !== lower && tokens.has(last);
}

/** A key of JSON whose value is a secret; in lower case. */
export function isSecretKey(name: string): boolean {
  return isToken(name, TOKENS);
}

/** The value of a header, and in it what is secret by itself. */
export function headerValue(name: string, value: string, secrets: Secrets): string {
  for (const secret of secretsOf(name.toLowerCase(), value)) secrets.learn(secret);
  return MASK;
}

/** A header as somebody may read it who only wants to know that it is there: names of cookies and schemes stay. */
export function readableHeader(name: string, value: string, secrets: Secrets): string {
  const lower = name.toLowerCase();
  if (!SECRET_HEADERS.has(lower)) return maskText(value, secrets);
  headerValue(lower, value, secrets);
  switch (lower) {
    case 'cookie':
      return value.replace(/=[^;]*/g, `=${MASK}`);
    case 'set-cookie':
      return value.replace(/^([^=;\n]*)=[^;\n]*/gm, `$1=${MASK}`);
    case 'authorization':
    case 'proxy-authorization':
      return value.includes(' ') ? `${value.slice(0, value.indexOf(' '))} ${MASK}` : MASK;
    default:
      return MASK;
  }
}

function secretsOf(name: string, value: string): string[] {
  switch (name) {
    case 'cookie':
      return value.split(';').map(afterEquals);
    case 'set-cookie':
      // Chrome joins several with line feeds; what comes after the first semicolon is no secret.
      return value.split('\n').map((line) => afterEquals(line.split(';', 1)[0] ?? ''));
    case 'authorization':
    case 'proxy-authorization': {
      const [scheme = '', credentials = ''] = value.trim().split(/\s+/, 2);
      if (credentials === '') return [scheme];
      if (scheme.toLowerCase() !== 'basic') return [credentials];
      return [credentials, ...Buffer.from(credentials, 'base64').toString().split(':').slice(1)];
    }
    default:
      return [value];
  }
}

function afterEquals(pair: string): string {
  return pair.slice(pair.indexOf('=') + 1);
}

export function learned(value: unknown, secrets: Secrets): string {
  if (typeof value === 'string') {
    secrets.learn(value);
    secrets.learn(encodeURIComponent(value.toWellFormed()));
  }
  return MASK;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
