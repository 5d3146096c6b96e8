import { extname } from 'node:path';

/** What files are, by the ends of their names: those that pages and tools make. */
const BY_EXTENSION: Record<string, string> = {
  '.txt': 'text/plain',
  '.log': 'text/plain',
  '.md': 'text/markdown',
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.har': 'application/json',
  '.xml': 'application/xml',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.pdf': 'application/pdf',
  '.zip': 'application/zip',
  '.gz': 'application/gzip',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.mp3': 'audio/mpeg',
  '.mhtml': 'multipart/related',
};

const UNKNOWN = 'application/octet-stream';

/** The type of a file by its name; `application/octet-stream` where that says nothing. */
export function mimeOf(name: string): string {
  return BY_EXTENSION[extname(name).toLowerCase()] ?? UNKNOWN;
}

/** The name with the end that says its type, where it has none. */
export function withExtension(name: string, mimeType: string): string {
  if (extname(name) !== '') return name;
  const bare = bareMime(mimeType);
  const [extension = ''] = Object.entries(BY_EXTENSION).find(([, type]) => type === bare) ?? [];
  return `${name}${extension}`;
}

/** Without its parameters. */
export function bareMime(mimeType: string): string {
  return mimeType.split(';', 1)[0]?.trim().toLowerCase() || UNKNOWN;
}

export function isText(mimeType: string): boolean {
  return (
    mimeType.startsWith('text/') ||
    /^application\/(json|xml|javascript|x-ndjson|yaml)$|\+(json|xml)$/.test(mimeType)
  );
}
