/** Chrome's parser gives up at this depth (crdtp's kStackLimit), with an error that names no id. */
export const MAX_DEPTH = 300;

/**
 * True where objects and arrays are nested deeper than Chrome takes. Hazard: JSON.parse reads any depth, but
 * JSON.stringify throws on some thousands of levels. It walks with its own stack, so that no depth ends it.
 */
export function tooDeep(value: object): boolean {
  let level: object[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === MAX_DEPTH) return true;
    const next: object[] = [];
    for (const node of level) {
      for (const child of Object.values(node)) {
        if (typeof child === 'object' && child !== null) next.push(child);
      }
    }
    level = next;
  }
  return false;
}
