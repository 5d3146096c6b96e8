import { expect, test } from 'vitest';
import { EventLog, type Logged } from '../../../../src/gateway/traffic/event-log.ts';

const said = (message: string) => ({ type: 'log', at: 0, level: 'info', source: 'hub', message }) as const;

test('events are numbered, told, and had again from any number on', () => {
  const log = new EventLog();
  const told: Logged[] = [];
  const stop = log.subscribe((event) => void told.push(event));
  for (const word of ['a', 'b', 'c']) log.add(said(word));
  stop();
  log.add(said('d'));
  expect(told.map(({ id, type }) => [id, type])).toEqual([
    [1, 'log'],
    [2, 'log'],
    [3, 'log'],
  ]);
  const { events, gap } = log.after(2);
  expect([events.map(({ text }) => JSON.parse(text).message), gap]).toEqual([['c', 'd'], false]);
  expect(log.after(4)).toEqual({ events: [], gap: false });
});

test('the oldest go where they are too many or too long, and it says so', () => {
  const few = new EventLog({ events: 3, bytes: 1e6 });
  for (const word of ['a', 'b', 'c', 'd']) few.add(said(word));
  expect(few.after(0).gap).toBe(true);
  expect(few.after(1)).toMatchObject({ gap: false, events: [{ id: 2 }, { id: 3 }, { id: 4 }] });
  const short = new EventLog({ events: 100, bytes: 1000 });
  for (let n = 0; n < 10; n += 1) short.add(said('x'.repeat(300)));
  expect(short.after(0).events.length).toBeLessThan(4);
  expect(short.last).toBe(10);
});
