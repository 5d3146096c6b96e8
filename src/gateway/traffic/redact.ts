import {
  COOKIE_KEYS,
  COOKIE_PARAMS,
  HEADER_BLOCKS,
  MASKED,
  type Masked,
  SECRET_HEADERS,
  TOKEN_NAMES,
  URL_TOKEN_NAMES,
} from './redact-table.ts';
import { MASK, type Secrets } from './secrets.ts';

/** As much of a parsed CDP message as is looked at. */
export type Message = Record<string, unknown>;

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

/** A CDP message fit to leave the hub. `method`: that of the event, or of the command that an answer is to. */
export function maskMessage(method: string, message: Message, secrets: Secrets): Message {
  const rule: Masked = MASKED[method] ?? MASKED[`${method.slice(0, method.indexOf('.'))}.*`] ?? {};
  const under = COOKIE_PARAMS.has(method) ? 'cookie' : '';
  const masked: Message = {};
  for (const [key, value] of Object.entries(message)) {
    if (key === 'params') masked[key] = part(value, rule.params, under, secrets);
    else if (key === 'result') masked[key] = part(value, rule.result, '', secrets);
    else masked[key] = key === 'method' || key === 'sessionId' ? value : walk(value, '', secrets);
  }
  return masked;
}

function part(value: unknown, rule: Masked['params'], under: string, secrets: Secrets): unknown {
  if (rule === '*') return MASK;
  const masked = walk(value, under, secrets);
  if (rule === undefined || typeof masked !== 'object' || masked === null) return masked;
  const object = masked as Message;
  for (const key of rule) if (key in object) object[key] = MASK;
  return object;
}

/** `under`: the key that the value stands below, through arrays as well. */
function walk(value: unknown, under: string, secrets: Secrets): unknown {
  if (typeof value === 'string') return maskText(value, secrets);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => walk(each, under, secrets));
  const object = value as Message;
  const header = typeof object.name === 'string' ? object.name.toLowerCase() : null;
  const masked: Message = {};
  for (const [key, each] of Object.entries(object)) {
    const name = key.toLowerCase();
    if (SECRET_HEADERS.has(name) && typeof each === 'string') masked[key] = headerValue(name, each, secrets);
    else if (typeof each === 'string' && isToken(name, TOKENS)) masked[key] = learned(each, secrets);
    else if (HEADER_BLOCKS.has(name)) masked[key] = block(name, each, secrets);
    else if (name === 'value' && COOKIE_KEYS.has(under)) masked[key] = learned(each, secrets);
    else if (name === 'value' && header !== null && SECRET_HEADERS.has(header)) {
      masked[key] = headerValue(header, String(each), secrets);
    } else masked[key] = walk(each, name, secrets);
  }
  return masked;
}

/** The value of a header, and in it what is secret by itself. */
function headerValue(name: string, value: string, secrets: Secrets): string {
  for (const secret of secretsOf(name.toLowerCase(), value)) secrets.learn(secret);
  return MASK;
}

/** Headers as one text; a `cookieLine` is the value of a Set-Cookie. */
function block(name: string, value: unknown, secrets: Secrets): string {
  if (typeof value !== 'string') return MASK;
  if (name.endsWith('cookieline')) return headerValue('set-cookie', value, secrets);
  for (const line of value.split(/\r?\n/)) {
    const header = line.slice(0, line.indexOf(':')).trim().toLowerCase();
    if (SECRET_HEADERS.has(header)) headerValue(header, line.slice(line.indexOf(':') + 1), secrets);
  }
  return MASK;
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

function learned(value: unknown, secrets: Secrets): string {
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
