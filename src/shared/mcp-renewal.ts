/**
 * In the `_meta` of an `initialize`, as `true`: the session takes the place of one that the hub no longer had, and whoever
 * uses it believes to be in that one still.
 */
export const RENEWS = 'cdp-hub/renews';
