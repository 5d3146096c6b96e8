import { expect, it } from 'vitest';
import { CONTROL, Transcript } from './transcript.ts';

const NAVIGATE = { id: 2, method: 'Page.navigate', params: { url: 'https://a.test/' }, sessionId: 'SA' };

/** An agent that is attached to its page by session SA, which has not answered that it has the focus. */
function fresh() {
  const t = new Transcript();
  t.answersFocus = false;
  const agent = t.ready('A', t.workspace('tabs'));
  agent.say({ id: 1, method: 'Target.createTarget', params: { url: 'about:blank' } });
  const { id } = t.one();
  t.chrome({
    method: 'Target.targetCreated',
    params: { targetInfo: { targetId: 'P', type: 'page', url: 'about:blank' } },
    sessionId: CONTROL,
  });
  t.chrome({ id, result: { targetId: 'P' }, sessionId: CONTROL });
  t.attached('A', 'SA', 'page', 'P');
  agent.heard();
  return { t, agent };
}

it('a page is not navigated while it is given the focus', () => {
  const { t, agent } = fresh();
  agent.say(NAVIGATE);
  agent.say({ id: 3, method: 'Runtime.evaluate', params: { expression: '1' }, sessionId: 'SA' });
  expect(t.sent().map(({ method }) => method)).toEqual(['Runtime.evaluate']);
  t.answerFocus();
  expect(t.one()).toMatchObject({ method: 'Page.navigate', params: NAVIGATE.params });
  agent.say({ ...NAVIGATE, id: 4 });
  expect(t.one()).toMatchObject({ method: 'Page.navigate' });
});

it('a page that does not answer is navigated after a second', () => {
  const { t, agent } = fresh();
  agent.say(NAVIGATE);
  t.now = 999;
  t.mux.tick();
  expect(t.sent()).toEqual([]);
  t.now = 1000;
  t.mux.tick();
  expect(t.one()).toMatchObject({ method: 'Page.navigate' });
});

it('a page that goes meanwhile answers its navigation with that', () => {
  const { t, agent } = fresh();
  agent.say(NAVIGATE);
  t.chrome({
    method: 'Target.detachedFromTarget',
    params: { sessionId: 'SA', targetId: 'P' },
    sessionId: 'A',
  });
  expect(agent.heard().find(({ id }) => id === 2)?.error).toBeDefined();
  expect(t.sent()).toEqual([]);
});

it('who leaves meanwhile navigates nothing any more', () => {
  const { t, agent } = fresh();
  agent.say(NAVIGATE);
  agent.mux.leave();
  t.answerFocus();
  expect(t.sent().map(({ method }) => method)).not.toContain('Page.navigate');
});
