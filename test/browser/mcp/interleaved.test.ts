import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { Agent, site } from './agent.ts';

const AGENTS = 8;
const CALLS = process.env.CDP_HUB_TEST_FULL === '1' ? 1000 : 160;

const gateway = await gatewayOn(await Chrome.start());

/** Each page says by whom it was asked for, in its title and in its text. */
const { url } = await site({
  '/page': ({ url: asked = '' }, response) => {
    const who = new URL(asked, 'http://site').search;
    response.setHeader('content-type', 'text/html');
    response.end(
      `<title>${who}</title><h1>${who}</h1><button onclick="this.textContent += '!'">${who}</button>`,
    );
  },
});

/** What each agent does in turn; each step but the first looks whether the page is its own, the last that it loaded. */
async function step(agent: Agent, me: number, n: number): Promise<void> {
  const mine = `?agent=${me}&round=${n - (n % 5)}`;
  switch (n % 5) {
    case 0:
      expect(await agent.call('navigate_page', { url: `${url}/page${mine}` })).toContain(mine);
      return;
    case 1:
      expect(await agent.value('document.title')).toBe(mine);
      return;
    case 2:
      expect(await agent.call('take_snapshot')).toContain(`heading "${mine}"`);
      return;
    case 3: {
      const { content, isError = false } = await agent.ask('take_screenshot');
      expect({ isError, types: content.map(({ type }) => type) }).toEqual({
        isError: false,
        types: expect.arrayContaining(['image']),
      });
      return;
    }
    default:
      await agent.call('click', { uid: await agent.uid('button', mine) });
      expect(await agent.value('document.querySelector("button").textContent')).toBe(`${mine}!`);
  }
}

test(`${CALLS} calls of ${AGENTS} agents that never open a page: each is answered by the page of its own`, async () => {
  const agents = await Promise.all(
    Array.from({ length: AGENTS }, (_, me) => Agent.connect(gateway, '', `agent-${me}`)),
  );
  await Promise.all(
    agents.map(async (agent, me) => {
      for (let n = 0; n < CALLS / AGENTS; n += 1) await step(agent, me, n);
    }),
  );
  const lists = await Promise.all(agents.map((agent) => agent.call('list_pages')));
  for (const [me, list] of lists.entries())
    expect(list).toMatch(new RegExp(`^1: \\S+agent=${me}&round=\\d+ .*$`));
  await Promise.all(agents.map((agent) => agent[Symbol.asyncDispose]()));
}, 240_000);
