import { parts } from './picture.ts';

/** How a terminal shows the colours of a picture. */
export type Depth = 'true' | '256' | 'none';

/** COLORTERM is what terminals with 24-bit colours set; all others of this decade have 256. */
export function depthOf(env: NodeJS.ProcessEnv): Depth {
  if (env.NO_COLOR) return 'none';
  return /^(truecolor|24bit)$/i.test(env.COLORTERM ?? '') ? 'true' : '256';
}

/** From dark to light. */
const RAMP = [' ', '░', '▒', '▓', '█'];

/** Half blocks with these colours, upper and lower, as the terminal gets them; without colours shades of grey. */
export function paintDots(dots: readonly (readonly [number, number])[], depth: Depth): string {
  if (depth === 'none')
    return dots.map(([upper, lower]) => shade((light(upper) + light(lower)) / 2)).join('');
  let out = '';
  let last = '';
  for (const [upper, lower] of dots) {
    const colors = `\u001b[${color(38, upper, depth)};${color(48, lower, depth)}m`;
    out += colors === last ? '▀' : `${colors}▀`;
    last = colors;
  }
  return `${out}\u001b[39;49m`;
}

function shade(lightness: number): string {
  return RAMP[Math.min(RAMP.length - 1, Math.floor((lightness / 256) * RAMP.length))] ?? ' ';
}

/** 0–255, as bright as it looks. */
function light(of: number): number {
  const [r, g, b] = parts(of);
  return 0.299 * r + 0.587 * g + 0.114 * b;
}

function color(ground: 38 | 48, of: number, depth: Depth): string {
  const [r, g, b] = parts(of);
  return depth === 'true' ? `${ground};2;${r};${g};${b}` : `${ground};5;${ofCube(r, g, b)}`;
}

/** The nearest of xterm's 6×6×6 colours, or of its greys where it is one. */
function ofCube(r: number, g: number, b: number): number {
  if (Math.max(r, g, b) - Math.min(r, g, b) < 8) {
    const grey = Math.round((r + g + b) / 3);
    if (grey < 4) return 16;
    return grey > 246 ? 231 : 232 + Math.min(23, Math.max(0, Math.round((grey - 8) / 10)));
  }
  const step = (value: number) =>
    value < 48 ? 0 : value < 115 ? 1 : Math.min(5, Math.round((value - 55) / 40));
  return 16 + 36 * step(r) + 6 * step(g) + step(b);
}
