import { z } from 'zod';
import { pageLines } from '../said.ts';
import { sessionTool, type Tool } from '../tool.ts';

const hubStatus = sessionTool({
  name: 'hub_status',
  title: 'Hub status',
  description: 'Whether the browser is connected, how this session is set up, and who else uses the browser.',
  input: z.object({}),
  annotations: { readOnlyHint: true, openWorldHint: false },
  run: async ({ browser, hub }) => {
    const { seat } = browser;
    const refusal = await seat.ready();
    const { name, workspace, isolation } = seat.identity;
    const lines = [
      refusal === null ? 'The browser is connected.' : `${refusal.message}. ${refusal.hint}`,
      `cdp-hub ${hub.version}; this session is ${name}, in the workspace ${workspace}, isolation ${isolation}: ${ISOLATION[isolation ?? 'none']}.`,
      ...(seat.paused
        ? ['It is paused by the person who runs the hub: calls wait until it is resumed.']
        : []),
      ...(browser.tabs.length > 0 ? ['Its pages:', pageLines(browser)] : ['It has no page yet.']),
      'Clients of the hub:',
      ...hub
        .clients()
        .map(
          (client) =>
            `- ${client.name} (${client.kind}), ${client.tabs === 1 ? '1 page' : `${client.tabs} pages`}${client.you ? ', this session' : ''}`,
        ),
    ];
    return { text: lines.join('\n') };
  },
});

const ISOLATION = {
  tabs: 'logins are shared with the others, pages are not',
  context: 'cookies, storage and pages of its own',
  none: 'everything is shared with everybody',
} as const;

export const hub: readonly Tool[] = [hubStatus];
