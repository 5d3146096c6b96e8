/** What is secret in CDP messages, as data. Keys of JSON and names of headers are in lower case. */

/** Objects below these keys are cookies: their `value` is masked and remembered. */
export const COOKIE_KEYS: ReadonlySet<string> = new Set([
  'cookies',
  'cookie',
  'associatedcookies',
  'blockedcookies',
  'exemptedcookies',
]);

/** Whole blocks of headers as one text. */
export const HEADER_BLOCKS: ReadonlySet<string> = new Set([
  'headerstext',
  'requestheaderstext',
  'binaryresponseheaders',
  'cookieline',
  'rawcookieline',
]);

/** What of a message is masked by its method; `'*'`: all of it. Nothing of it is remembered: it may be any word. */
export interface Masked {
  params?: '*' | readonly string[];
  result?: '*' | readonly string[];
}

const TYPED = [
  'text',
  'unmodifiedText',
  'key',
  'code',
  'keyIdentifier',
  'windowsVirtualKeyCode',
  'nativeVirtualKeyCode',
  'data',
];

/** By method, or by `Domain.*` for what of its domain is not named here. */
export const MASKED: Readonly<Record<string, Masked>> = {
  // What is typed by a tool, or read from a page, may be anything.
  'tools/call': { params: ['arguments'], result: '*' },
  'Input.*': { params: TYPED },
  'Page.handleJavaScriptDialog': { params: ['promptText'] },
  'Page.javascriptDialogClosed': { params: ['userInput'] },
  'Runtime.evaluate': { params: ['expression'], result: '*' },
  'Runtime.callFunctionOn': { params: ['functionDeclaration', 'arguments'], result: '*' },
  'Runtime.compileScript': { params: ['expression'] },
  'Runtime.runScript': { result: '*' },
  'Runtime.awaitPromise': { result: '*' },
  'Runtime.getProperties': { result: '*' },
  'Runtime.globalLexicalScopeNames': { result: '*' },
  'Debugger.evaluateOnCallFrame': { params: ['expression'], result: '*' },
  'Page.addScriptToEvaluateOnNewDocument': { params: ['source'] },
  'DOMStorage.getDOMStorageItems': { result: '*' },
  'DOMStorage.setDOMStorageItem': { params: ['value'] },
  'DOMStorage.domStorageItemAdded': { params: ['newValue'] },
  'DOMStorage.domStorageItemUpdated': { params: ['oldValue', 'newValue'] },
  'WebAuthn.addCredential': { params: ['credential'] },
  'WebAuthn.getCredential': { result: '*' },
  'WebAuthn.getCredentials': { result: '*' },
  'WebAuthn.credentialAdded': { params: ['credential'] },
  'Autofill.trigger': { params: ['card', 'address'] },
  'Autofill.setAddresses': { params: '*' },
  'Autofill.addressFormFilled': { params: '*' },
  // Commands in commands are exchanges of their own.
  'Target.sendMessageToTarget': { params: ['message'] },
  'Target.receivedMessageFromTarget': { params: ['message'] },
};

/** Methods whose params set secrets: these are remembered whether somebody watches or not. */
export const TEACHERS: ReadonlySet<string> = new Set([
  'Network.setCookie',
  'Network.setCookies',
  'Storage.setCookies',
  'Network.setExtraHTTPHeaders',
  'Fetch.continueRequest',
  'Fetch.continueResponse',
  'Fetch.continueWithAuth',
]);

/** Whose params are a cookie themselves. */
export const COOKIE_PARAMS: ReadonlySet<string> = new Set(['Network.setCookie']);
