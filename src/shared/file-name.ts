/** Bytes; what file systems take is 255, and a number may be added to it. */
const MAX_NAME = 200;

/** What somebody suggests as the name of a file, as one name in a folder and nothing more. */
export function fileNameOf(suggested: string): string {
  const base = suggested.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const name = base
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .trim()
    .replace(/^\.+/, '_')
    .replace(/[. ]+$/, '');
  return name === '' || name === '_' ? 'download' : shortened(name);
}

/** Cut in the middle: what follows the last dot says what the file is. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && Buffer.byteLength(name.slice(dot)) < MAX_NAME / 4 ? name.slice(dot) : '';
  let stem = extension === '' ? name : name.slice(0, dot);
  while (Buffer.byteLength(stem) + Buffer.byteLength(extension) > MAX_NAME) {
    stem = [...stem].slice(0, -1).join('');
  }
  return stem + extension;
}
