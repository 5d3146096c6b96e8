import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { Agent } from '../browser/mcp/agent.ts';
import { cdpHub, Home, Hub } from '../helpers/hub.ts';

const INPUT = 'data:text/html,<input type=file aria-label=Give>';

async function uploader(hub: Hub) {
  const agent = await Agent.connect({ url: hub.urls.gateway });
  await agent.call('navigate_page', { url: INPUT });
  const uid = await agent.uid('"Give"');
  const upload = async (path: string) => {
    const { content } = await agent.ask('upload_file', { uid, filePaths: [path] });
    return content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
  };
  return { upload, [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose]() };
}

it('--upload-dir names the folders of agents, from where it is said; a second `up` has to name the same', async () => {
  const home = new Home();
  // Of the folder that the command is run in.
  const [one, other] = ['papers, and more', 'pictures'].map((name) => join(home.path, name)) as [
    string,
    string,
  ];
  for (const folder of [one, other]) {
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.txt'), 'a');
  }
  await using hub = await Hub.up(home, ['--upload-dir', 'papers, and more', '--upload-dir', other]);
  await using agent = await uploader(hub);
  for (const folder of [one, other])
    expect(await agent.upload(join(folder, 'a.txt'))).toContain('has a.txt now.');
  expect(await agent.upload(resolve('README.md'))).toContain(
    `Agents may not upload ${resolve('README.md')}. Ask the person who runs the hub`,
  );
  const second = await cdpHub(home, 'up', '--detach', '--upload-dir', 'pictures');
  expect(second.code).toBe(3);
  expect(second.stderr).toContain(`--upload-dir ${other}, it has ${one},${other}`);
});

it('without it agents have nothing of the state folder', async () => {
  await using hub = await Hub.up(new Home());
  await using agent = await uploader(hub);
  const token = join(hub.home.path, 'control-token');
  expect(await agent.upload(token)).toContain(`Agents may not upload ${token}.`);
  expect(await agent.upload(resolve('README.md'))).toContain('has README.md now.');
});
