import { expect, test } from 'vitest';
import { matching } from '../../../../src/gateway/traffic/matching.ts';
import { recording } from './recording.ts';

/** Somebody who watches with that filter. */
function watching(filter: string) {
  const all = recording();
  const watcher = all.watch(matching(filter, (row) => all.recorder.text(row)));
  /** The rows of the last tick, as `seq method`. */
  const rows = () => {
    all.recorder.tick();
    const batches = watcher.told();
    return {
      frames: batches.flatMap(({ frames }) => frames.map(({ dir, method }) => `${dir} ${method}`)),
      exchanges: batches.flatMap(({ exchanges }) => exchanges.map(({ seq }) => seq)),
    };
  };
  return { ...all, watcher, rows };
}

test('text: finds commands, answers and events by what is in their messages', () => {
  const { open, close, event, rows } = watching('text:needle');
  close(open('A.a', { params: { x: 'Needle' } }), 'ok');
  close(open('A.b'), 'ok', {}, { found: 'needles' });
  close(open('A.c'), 'ok', {}, { found: 'hay' });
  event('X.y', {}, undefined, { z: 'a needle' });
  event('X.z', {}, undefined, { z: 'hay' });
  expect(rows()).toEqual({ frames: ['command A.a', 'answer A.b', 'event X.y'], exchanges: [1, 2] });
});

test('a long command does not hide its answer', () => {
  const { open, close, rows } = watching('text:needle');
  close(open('A.a', { params: { x: 'hay'.repeat(10_000) } }), 'ok', {}, { found: 'needle' });
  expect(rows().exchanges).toEqual([1]);
});

test('-text: leaves out what has it, and | and parentheses count', () => {
  const { event, rows } = watching('method:X.y (-text:hay | text:straw)');
  for (const z of ['hay', 'needle', 'hay and straw']) event('X.y', {}, undefined, { z });
  event('X.z');
  expect(rows().frames).toEqual(['event X.y', 'event X.y']);
});

test('events of one name with other messages are rows of their own while messages are kept', () => {
  const { event, rows, recorder } = watching('text:needle');
  for (const z of ['hay', 'hay', 'needle', 'needle', 'hay']) event('X.y', {}, undefined, { z });
  expect(recorder.backfill(9).frames.map(({ count }) => count)).toEqual([2, 2, 1]);
  expect(rows().frames).toEqual(['event X.y']);
});

test('what is secret is not found by guessing it', () => {
  const { open, close, rows } = watching('text:s3cret');
  close(open('Network.setCookie', { params: { name: 'sid', value: 's3cret-cookie' } }), 'ok');
  close(open('Input.insertText', { params: { text: 's3cret' } }), 'ok');
  expect(rows()).toEqual({ frames: [], exchanges: [] });
});

test('messages are kept for no other filter, and for no longer than for this one', () => {
  const { open, recorder, watcher, watch } = watching('text:needle');
  open('A.a');
  expect(recorder.bodyLimit).toBeGreaterThan(0);
  watcher.stop();
  expect([recorder.bodyLimit, recorder.body('exchange', 1, true).command]).toEqual([0, null]);
  watch(matching('method:A.* | "text:"', () => null));
  expect(recorder.bodyLimit).toBe(0);
});
