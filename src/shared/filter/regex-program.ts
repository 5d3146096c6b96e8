import type { Assertion, CharSet, RegexNode } from './regex-syntax.ts';
import { FilterSyntaxError } from './syntax-error.ts';

/** One step of the machine that a regular expression becomes; numbers are indexes of steps. */
export type Step =
  | { readonly op: 'set'; readonly set: CharSet; readonly next: number }
  | { readonly op: 'assert'; readonly what: Assertion; readonly next: number }
  | { readonly op: 'split'; readonly to: number[] }
  | { readonly op: 'match' };

export interface Program {
  readonly steps: readonly Step[];
  readonly start: number;
}

/** A text costs at most this many steps per character. */
export const MAX_STEPS = 200;

/** Steps for a node tree; throws {@link FilterSyntaxError} at `offset` where there would be too many. */
export function compileRegex(tree: RegexNode, offset: number): Program {
  const steps: Step[] = [{ op: 'match' }];
  let visits = 0;

  const push = (step: Step): number => {
    steps.push(step);
    return steps.length - 1;
  };

  const emit = (node: RegexNode, next: number): number => {
    visits += 1;
    // Visits count as well: an empty group repeated 150 times 150 times makes no step.
    if (steps.length > MAX_STEPS || visits > MAX_STEPS * 10) {
      throw new FilterSyntaxError(
        'This regular expression is too large.',
        offset,
        'Repeat less: {1,20} instead of {1,150}, * instead of a count, or several terms.',
      );
    }
    switch (node.kind) {
      case 'set':
        return push({ op: 'set', set: node.set, next });
      case 'assert':
        return push({ op: 'assert', what: node.what, next });
      case 'sequence':
        return node.of.reduceRight((entry, part) => emit(part, entry), next);
      case 'either':
        if (node.of.length === 1 && node.of[0]) return emit(node.of[0], next);
        return push({ op: 'split', to: node.of.map((part) => emit(part, next)) });
      case 'repeat':
        return repeat(node, next);
      default:
        return node satisfies never;
    }
  };

  const repeat = (node: RegexNode & { kind: 'repeat' }, next: number): number => {
    let entry = next;
    if (node.max === Infinity) {
      const to = [next];
      entry = push({ op: 'split', to });
      to.push(emit(node.of, entry));
    } else {
      for (let i = node.min; i < node.max; i++)
        entry = push({ op: 'split', to: [emit(node.of, entry), next] });
    }
    for (let i = 0; i < node.min; i++) entry = emit(node.of, entry);
    return entry;
  };

  return { start: emit(tree, 0), steps };
}
