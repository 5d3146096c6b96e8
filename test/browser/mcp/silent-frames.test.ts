import { beforeAll, describe, expect, it } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import type { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { Agent, type Answer, type Site, site } from './agent.ts';

const OUTER = '<title>outer</title><h1>Top</h1><button>First</button>';

/** What a call may take that waits for the frame a little, and not for its own time to be over, milliseconds. */
const SOON = 10_000;

/** Frames of other sites have processes of their own: one that never ends keeps nothing but itself. */
describe('a frame that does not answer', () => {
  let gateway: GatewayProcess;
  let pages: Site;

  beforeAll(async () => {
    const outer: Answer = ({ headers, url = '' }, response) => {
      const inner = `http://${url.slice(2)}.localhost:${headers.host?.split(':')[1]}/inner`;
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(`${OUTER}<iframe src="${inner}"></iframe>`);
    };
    pages = await site({
      '/': outer,
      '/inner': `<p>inner text</p><button>Inside</button>
        <script>onmessage = () => { for (;;); }</script>`,
    });
    gateway = await gatewayOn(await Chrome.start());
  });

  /** Its frame, of that host, is at work without end. */
  async function stuck(agent: Agent, host: string): Promise<void> {
    await agent.call('navigate_page', { url: `${pages.url}/?${host}` });
    await agent.call('wait_for', { text: ['inner text'] });
    await agent.value(`frames[0].postMessage('go', '*') ?? 0`);
    await expect
      .poll(() => agent.call('take_snapshot'))
      .toContain('RootWebArea "this frame does not answer"');
  }

  it('is left out of what is told of the page, which says so', async () => {
    await using agent = await Agent.connect(gateway);
    await stuck(agent, 'one');
    const left = `1 frame does not answer and is left out: ${pages.other.replace('localhost', 'one.localhost')}/inner.`;
    const timely = async <T>(answer: Promise<T>): Promise<T> => {
      const before = performance.now();
      const given = await answer;
      expect(performance.now() - before).toBeLessThan(SOON);
      return given;
    };
    const snapshot = await timely(agent.call('take_snapshot'));
    expect(snapshot).toContain('this frame does not answer');
    expect(snapshot).toContain('button "First"');
    expect(await timely(agent.call('take_snapshot', { diff: true }))).toContain('Nothing has changed');
    expect(await timely(agent.call('get_text'))).toBe(`Top\nFirst\n${left}`);
    const buttons = await timely(agent.call('find_elements', { role: 'button' }));
    expect(buttons).toMatch(/^1 element:\nuid=\S+ button "First"\n/);
    expect(buttons).toContain(left);
    expect(await timely(agent.call('find_elements', { text: 'Inside' }))).toContain(left);
    const clickable = await timely(agent.call('get_clickable_elements'));
    expect(clickable).toContain('button "First"');
    expect(clickable).toContain(left);
    expect(await timely(agent.call('wait_for', { text: ['nowhere'], gone: true }))).toBe(
      `"nowhere" is gone.\n${left}`,
    );
    expect(await timely(agent.fails('wait_for', { text: ['nowhere'], timeout: 1000 }))).toBe(
      `"nowhere" did not appear after 1 s. ${left} Call take_snapshot to see what the page shows.`,
    );
    expect(await timely(agent.fails('wait_for', { text: ['Top'], gone: true, timeout: 1000 }))).toBe(
      `"Top" is still there after 1 s. ${left} Call take_snapshot to see what the page shows.`,
    );
    await agent.call('select_frame', { uid: await agent.uid('Iframe') });
    expect(await timely(agent.fails('get_text'))).toContain('The selected frame (');
    expect(await timely(agent.fails('find_elements', { css: 'p' }))).toContain('does not answer');
  });

  it('has the page emulated all the same', async () => {
    await using agent = await Agent.connect(gateway);
    await stuck(agent, 'two');
    const started = performance.now();
    expect(
      await agent.call('emulate', {
        timezone: 'Asia/Tokyo',
        userAgent: 'probe',
        extraHttpHeaders: '{"x-probe": "1"}',
        networkConditions: 'Slow 4G',
        cpuThrottlingRate: 2,
      }),
    ).toMatch(/^Emulated on page 1: network Slow 4G; processor 2 times slower; user agent "probe"; timezone/);
    expect(performance.now() - started).toBeLessThan(SOON);
    expect(await agent.value('Intl.DateTimeFormat().resolvedOptions().timeZone')).toBe('Asia/Tokyo');
    expect(await agent.value('navigator.userAgent')).toBe('probe');
  });
});
