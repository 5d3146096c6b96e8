import { decode } from 'fast-png';
import type { Span } from './cells.ts';

/** A picture of a page; every pixel is 0xRRGGBB. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: readonly number[];
}

/** Behind what is transparent. */
const PAPER = 255;

/** What a PNG shows. Throws where it is none, or not of 8 bits a channel. */
export function readPicture(png: Uint8Array): Picture {
  const { width, height, channels, depth, data, palette } = decode(png);
  if (depth !== 8 || palette !== undefined)
    throw new TypeError(`a PNG of ${depth} bits with ${channels} channels`);
  const grey = channels < 3;
  const pixels = Array.from({ length: width * height }, (_, i) => {
    const at = (channel: number) => data[i * channels + channel] ?? PAPER;
    const opacity = channels % 2 === 0 ? at(channels - 1) / 255 : 1;
    const over = (channel: number) => at(grey ? 0 : channel) * opacity + PAPER * (1 - opacity);
    return rgb(over(0), over(1), over(2));
  });
  return { width, height, pixels };
}

/** The picture as large as it fits, in rows of half blocks: two pixels above each other in every column. */
export function halfBlocks(picture: Picture, room: { columns: number; rows: number }): Span[] {
  const scale = Math.min(room.columns / picture.width, (room.rows * 2) / picture.height);
  const columns = Math.max(1, Math.floor(picture.width * scale));
  const lines = Math.max(1, Math.floor((picture.height * scale) / 2));
  const cell = { width: picture.width / columns, height: picture.height / (lines * 2) };
  return Array.from({ length: lines }, (_, row) => ({
    text: '▀'.repeat(columns),
    tone: 'plain' as const,
    width: columns,
    dots: Array.from(
      { length: columns },
      (_, x) => [average(picture, cell, x, row * 2), average(picture, cell, x, row * 2 + 1)] as const,
    ),
  }));
}

/** The mean colour of the pixels that come to lie in one dot. */
function average(
  { width, height, pixels }: Picture,
  cell: { width: number; height: number },
  column: number,
  line: number,
): number {
  const [left, top] = [Math.floor(column * cell.width), Math.floor(line * cell.height)];
  const right = Math.min(width, Math.max(left + 1, Math.floor((column + 1) * cell.width)));
  const bottom = Math.min(height, Math.max(top + 1, Math.floor((line + 1) * cell.height)));
  const sums = [0, 0, 0];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const [r, g, b] = parts(pixels[y * width + x] ?? 0);
      sums[0] = (sums[0] ?? 0) + r;
      sums[1] = (sums[1] ?? 0) + g;
      sums[2] = (sums[2] ?? 0) + b;
    }
  }
  const count = Math.max(1, (right - left) * (bottom - top));
  return rgb((sums[0] ?? 0) / count, (sums[1] ?? 0) / count, (sums[2] ?? 0) / count);
}

/** Red, green and blue, 0–255 each. */
export function parts(color: number): readonly [number, number, number] {
  return [(color >> 16) & 255, (color >> 8) & 255, color & 255];
}

function rgb(r: number, g: number, b: number): number {
  return (Math.round(r) << 16) | (Math.round(g) << 8) | Math.round(b);
}
