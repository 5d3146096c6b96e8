import { headerValue, isSecretKey, learned, maskText } from '../../shared/secrets/mask-text.ts';
import { SECRET_HEADERS } from '../../shared/secrets/names.ts';
import { MASK, type Secrets } from '../../shared/secrets/secrets.ts';
import { COOKIE_KEYS, COOKIE_PARAMS, HEADER_BLOCKS, MASKED, type Masked } from './redact-table.ts';

/** As much of a parsed CDP message as is looked at. */
export type Message = Record<string, unknown>;

/** A method as the protocol has them: no secret can be in it. */
export function isPlain(method: unknown): boolean {
  return typeof method === 'string' && /^[A-Z]\w{0,40}\.\w{1,60}$/.test(method);
}

/** A CDP message fit to leave the hub. `method`: that of the event, or of the command that an answer is to. */
export function maskMessage(method: string, message: Message, secrets: Secrets): Message {
  const rule: Masked = MASKED[method] ?? MASKED[`${method.slice(0, method.indexOf('.'))}.*`] ?? {};
  const under = COOKIE_PARAMS.has(method) ? 'cookie' : '';
  const masked: Message = {};
  for (const [key, value] of Object.entries(message)) {
    if (key === 'params') masked[key] = part(value, rule.params, under, secrets);
    else if (key === 'result') masked[key] = part(value, rule.result, '', secrets);
    else
      masked[key] =
        key === 'sessionId' || (key === 'method' && isPlain(value)) ? value : walk(value, '', secrets);
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
    else if (typeof each === 'string' && isSecretKey(name)) masked[key] = learned(each, secrets);
    else if (HEADER_BLOCKS.has(name)) masked[key] = block(name, each, secrets);
    else if (name === 'value' && COOKIE_KEYS.has(under)) masked[key] = learned(each, secrets);
    else if (name === 'value' && header !== null && SECRET_HEADERS.has(header)) {
      masked[key] = headerValue(header, String(each), secrets);
    } else masked[key] = walk(each, name, secrets);
  }
  return masked;
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
