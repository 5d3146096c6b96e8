/** What is secret by its name, as data: in lower case. */

/** Headers whose values are masked, and remembered to be masked elsewhere. */
export const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'set-cookie',
  'proxy-authorization',
  'x-api-key',
  'x-auth-token',
  'x-csrf-token',
  'x-xsrf-token',
]);

/** Parameters of URLs and of forms, and keys of JSON, whose values are masked and remembered. */
export const TOKEN_NAMES: readonly string[] = [
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'auth_token',
  'session_token',
  'csrf_token',
  'authenticity_token',
  'api_key',
  'apikey',
  'api-key',
  'client_secret',
  'secret',
  'password',
  'passwd',
  'pwd',
  'jwt',
  'sig',
  'signature',
  'x-amz-signature',
  'x-amz-security-token',
  'x-goog-signature',
];

/** As above, in URLs and forms alone: as keys of JSON they mean something else. */
export const URL_TOKEN_NAMES: readonly string[] = ['key', 'code', 'auth', 'sid', 'session', 'ticket'];
