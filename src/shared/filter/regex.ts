import { compileRegex, type Program, type Step } from './regex-program.ts';
import { type CharSet, parseRegex, WORD } from './regex-syntax.ts';
import { MAX_SUBJECT } from './subject.ts';
import { FilterSyntaxError } from './syntax-error.ts';

const MAX_SOURCE = 200;
/** States that are remembered; more than any ordinary expression has. */
const MAX_STATES = 400;
/** How often the states may be forgotten before remembering is given up. */
const MAX_FLUSHES = 8;

/** What stands before the place that is looked at. */
type Before = 'start' | 'word' | 'other';

/** Every step that may come next, and what it leads to for each class of characters, as far as that is known. */
interface State {
  readonly steps: readonly number[];
  readonly before: Before;
  readonly next: (State | undefined)[];
}

interface CharClass {
  /** No character at all: the end of the text. */
  readonly end: boolean;
  readonly word: boolean;
  /** 1 for each step whose set holds the character. */
  readonly taken: Uint8Array;
}

const ACCEPTED: State = { steps: [], before: 'other', next: [] };

/**
 * A regular expression that never backtracks: all ways through it are followed at once, and the sets of ways that
 * come up are remembered as states. Time is linear in the text, whatever the expression, and the first 8,192
 * characters are read. Upper and lower case are the same.
 */
export class Regex {
  readonly source: string;
  readonly #program: Program;
  readonly #looksAtWords: boolean;
  readonly #classes: CharClass[] = [{ end: true, word: false, taken: new Uint8Array(0) }];
  readonly #classIds = new Map<string, number>();
  /** Class of each UTF-16 unit, of the frequent ones and of the others; 0 while it is not known. */
  readonly #frequent = new Uint16Array(256);
  readonly #others = new Map<number, number>();
  readonly #states = new Map<string, State>();
  /** Room for {@link Regex.#reached}: steps that wait, and the round in which each was opened and reached. */
  readonly #open: Uint16Array;
  readonly #opened: Float64Array;
  readonly #reachedIn: Float64Array;
  #round = 0;
  #flushes = 0;
  readonly #start: State;

  /** Throws FilterSyntaxError; `offset` is where the source stands in the filter's text. */
  constructor(source: string, offset = 0) {
    if (source.length > MAX_SOURCE) {
      throw new FilterSyntaxError(
        `A regular expression has at most ${MAX_SOURCE} characters; this one has ${source.length}.`,
        offset,
        'Use several terms.',
      );
    }
    this.source = source;
    this.#program = compileRegex(parseRegex(source, offset), offset);
    const { steps, start } = this.#program;
    this.#looksAtWords = steps.some((step) => step.op === 'assert' && /boundary|inside/.test(step.what));
    this.#open = new Uint16Array(steps.length);
    this.#opened = new Float64Array(steps.length);
    this.#reachedIn = new Float64Array(steps.length);
    this.#start = { steps: [start], before: 'start', next: [] };
  }

  test(text: string): boolean {
    const frequent = this.#frequent;
    let state = this.#start;
    const length = Math.min(text.length, MAX_SUBJECT);
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      const id = (unit < 256 ? frequent[unit] : this.#others.get(unit)) || this.#classify(unit);
      state = state.next[id] ?? this.#advance(state, id);
      if (state === ACCEPTED) return true;
    }
    return (state.next[0] ?? this.#advance(state, 0)) === ACCEPTED;
  }

  #classify(unit: number): number {
    const taken = Uint8Array.from(this.#program.steps, (step) =>
      Number(step.op === 'set' && holds(step.set, unit)),
    );
    const word = inRanges(WORD, unit);
    const key = `${word} ${taken.join('')}`;
    let id = this.#classIds.get(key);
    if (id === undefined) {
      id = this.#classes.push({ end: false, word, taken }) - 1;
      this.#classIds.set(key, id);
    }
    if (unit < 256) this.#frequent[unit] = id;
    else this.#others.set(unit, id);
    return id;
  }

  #advance(state: State, id: number): State {
    const char = this.#classes[id];
    if (!char) throw new Error(`no class ${id}`);
    const steps = this.#reached(state, char);
    let next = ACCEPTED;
    if (steps) {
      const before = this.#looksAtWords && char.word ? 'word' : 'other';
      // An expression with more states than can be kept costs its steps for every character: still linear.
      if (this.#flushes > MAX_FLUSHES) return { steps, before, next: [] };
      next = this.#remembered(steps, before);
    }
    state.next[id] = next;
    return next;
  }

  #remembered(steps: number[], before: Before): State {
    const key = `${before} ${steps.sort((a, b) => a - b).join()}`;
    const known = this.#states.get(key);
    if (known) return known;
    if (this.#states.size >= MAX_STATES) {
      this.#states.clear();
      this.#start.next.length = 0;
      this.#flushes += 1;
    }
    const state: State = { steps, before, next: [] };
    this.#states.set(key, state);
    return state;
  }

  /** The steps that may come after this character, the first step among them; null when it matched before it. */
  #reached({ steps, before }: State, char: CharClass): number[] | null {
    const [all, open, opened, reachedIn] = [this.#program.steps, this.#open, this.#opened, this.#reachedIn];
    this.#round += 1;
    const round = this.#round;
    const reached = [this.#program.start];
    reachedIn[this.#program.start] = round;
    let count = 0;
    const follow = (at: number): void => {
      if (opened[at] === round) return;
      opened[at] = round;
      open[count++] = at;
    };
    for (const at of steps) follow(at);
    while (count > 0) {
      const at = open[--count] ?? 0;
      const step = all[at];
      if (!step || step.op === 'match') return null;
      if (step.op === 'split') for (const to of step.to) follow(to);
      else if (step.op === 'assert') {
        if (asserted(step, before, char)) follow(step.next);
      } else if (char.taken[at] === 1 && reachedIn[step.next] !== round) {
        reachedIn[step.next] = round;
        reached.push(step.next);
      }
    }
    return reached;
  }
}

function asserted(step: Step & { op: 'assert' }, before: Before, char: CharClass): boolean {
  switch (step.what) {
    case 'start':
      return before === 'start';
    case 'end':
      return char.end;
    case 'boundary':
      return (before === 'word') !== char.word;
    case 'inside':
      return (before === 'word') === char.word;
    default:
      return step.what satisfies never;
  }
}

function holds(set: CharSet, unit: number): boolean {
  return casesOf(unit).some((each) => inRanges(set.ranges, each)) !== set.negated;
}

function inRanges(ranges: CharSet['ranges'], unit: number): boolean {
  return ranges.some(([low, high]) => low <= unit && unit <= high);
}

/** As JavaScript's `i` has it: nothing outside ASCII is the other case of something inside. */
function casesOf(unit: number): number[] {
  const char = String.fromCharCode(unit);
  const others = [char.toLowerCase(), char.toUpperCase()].filter((other) => other.length === 1);
  return [unit, ...others.map((other) => other.charCodeAt(0)).filter((other) => other < 128 === unit < 128)];
}
