import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';

/** Who goes on a journey: the tools by name, answers as texts. */
export interface Traveller {
  readonly who: string;
  call(name: string, args?: object): Promise<string>;
}

/** One thing done, and looked whether it was done on the page of the one who did it. */
type Step = (traveller: Traveller, place: Place) => Promise<void>;

export interface Journey {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** Where the journeys lead: the same pages on two sites. */
export interface Place extends AsyncDisposable {
  readonly url: string;
  readonly other: string;
  /** A file to be uploaded. */
  readonly file: string;
}

export async function servePlace(file: string): Promise<Place> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    other: `http://localhost:${port}`,
    file,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answer({ url = '/' }: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://place');
  const who = searchParams.get('who') ?? '';
  if (pathname === '/file') {
    response.setHeader('content-disposition', `attachment; filename="${who}.txt"`);
    response.end(`for ${who}`);
    return;
  }
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(`<title>${pathname} ${who}</title><h1>${who}</h1>${body(pathname, who, searchParams)}`);
}

function body(path: string, who: string, query: URLSearchParams): string {
  switch (path) {
    case '/form':
      return `<form action="/thanks"><input type="hidden" name="who" value="${who}">
        <label>Name <input name="name"></label>
        <label>Colour <select name="colour"><option>red</option><option>green</option></select></label>
        <label><input type="checkbox" name="agree"> Agree</label><button>Send</button></form>`;
    case '/thanks':
      return `<p>Thanks ${query.get('name')}, ${query.get('colour')}, ${query.get('agree')}</p>`;
    case '/popup':
      return `<button onclick="window.open('/popped?who=${who}')">Open</button>`;
    case '/dialog':
      return `<button onclick="out.textContent = confirm('Sure, ${who}?') ? 'yes' : 'no'">Ask</button>
        <button onclick="out.textContent = prompt('Name of ${who}?')">Prompt</button><p id="out">nothing</p>`;
    case '/frames':
      return `<iframe src="http://localhost:${query.get('port')}/inner?who=${who}"></iframe>`;
    case '/inner':
      return `<button onclick="this.textContent = 'Pressed by ${who}'">Press</button>`;
    case '/download':
      return `<a href="/file?who=${who}">Get it</a>`;
    case '/keys':
      return '<input aria-label="Item"><ul></ul><script>document.querySelector("input").onkeydown = (e) => { if (e.key === "Enter") { document.querySelector("ul").innerHTML += "<li>" + e.target.value + "</li>"; e.target.value = ""; } }</script>';
    case '/upload':
      return '<input type="file" aria-label="File" onchange="document.querySelector(\'p\').textContent = this.files[0].name + this.files[0].size"><p></p>';
    default:
      return `<p>${path}</p>`;
  }
}

const go =
  (path: string, query = ''): Step =>
  async (traveller, place) => {
    const port = new URL(place.url).port;
    const said = await traveller.call('navigate_page', {
      url: `${place.url}${path}?who=${traveller.who}&port=${port}${query}`,
    });
    expect(said).toContain(`who=${traveller.who}`);
  };

/** The uid of the line of a snapshot that has all of these words. */
async function uid(traveller: Traveller, ...words: string[]): Promise<string> {
  const snapshot = await traveller.call('take_snapshot');
  // Whoever looks sees a page of its own.
  expect(snapshot).toContain(traveller.who);
  const line = snapshot.split('\n').find((each) => words.every((word) => each.includes(word)));
  const found = /uid=(\S+)/.exec(line ?? '')?.[1];
  if (found === undefined) throw new Error(`no ${words.join(' ')} in:\n${snapshot}`);
  return found;
}

const press =
  (...words: string[]): Step =>
  async (traveller) => {
    await traveller.call('click', { uid: await uid(traveller, ...words) });
  };

const shows =
  (text: (who: string) => string): Step =>
  async (traveller) => {
    expect(await traveller.call('wait_for', { text: [text(traveller.who)] })).toBeTruthy();
    expect(await traveller.call('take_snapshot')).toContain(text(traveller.who));
  };

export const JOURNEYS: readonly Journey[] = [
  {
    name: 'form',
    steps: [
      go('/form'),
      async (traveller) => {
        await traveller.call('fill_form', {
          elements: [
            { uid: await uid(traveller, 'textbox', 'Name'), value: traveller.who },
            { uid: await uid(traveller, 'combobox', 'Colour'), value: 'green' },
            { uid: await uid(traveller, 'checkbox', 'Agree'), value: 'true' },
          ],
        });
      },
      press('button', 'Send'),
      shows((who) => `Thanks ${who}, green, on`),
    ],
  },
  {
    name: 'popup',
    steps: [
      go('/popup'),
      async (traveller) => {
        const said = await traveller.call('click', { uid: await uid(traveller, 'button', 'Open') });
        const page = Number(/opened page (\d+)/.exec(said)?.[1]);
        expect(page, said).toBeGreaterThan(0);
        const title = await traveller.call('evaluate_script', {
          function: '() => document.title',
          pageId: page,
        });
        expect(title).toContain(`/popped ${traveller.who}`);
        await traveller.call('close_page', { pageId: page });
      },
      shows((who) => who),
    ],
  },
  {
    name: 'dialogs',
    steps: [
      go('/dialog'),
      async (traveller) => {
        const asked = await traveller.call('click', { uid: await uid(traveller, 'button', 'Ask') });
        expect(asked).toContain(`Sure, ${traveller.who}?`);
        await traveller.call('handle_dialog', { action: 'accept' });
      },
      shows(() => 'yes'),
      async (traveller) => {
        const asked = await traveller.call('click', { uid: await uid(traveller, 'button', 'Prompt') });
        expect(asked).toContain(`Name of ${traveller.who}?`);
        await traveller.call('handle_dialog', { action: 'accept', promptText: `I am ${traveller.who}` });
      },
      shows((who) => `I am ${who}`),
    ],
  },
  { name: 'frames', steps: [go('/frames'), press('button', 'Press'), shows((who) => `Pressed by ${who}`)] },
  {
    name: 'download',
    steps: [
      go('/download'),
      async (traveller) => {
        const said = await traveller.call('click', { uid: await uid(traveller, 'link', 'Get it') });
        expect(said).toContain(`Downloaded ${traveller.who}`);
      },
      async (traveller) => {
        const all = await traveller.call('list_artifacts');
        expect(all).toMatch(new RegExp(`\\b${traveller.who}[\\w. ()-]*\\.txt`));
      },
    ],
  },
  {
    name: 'keys',
    steps: [
      go('/keys'),
      press('textbox', 'Item'),
      async (traveller) => {
        await traveller.call('type_text', { text: `milk for ${traveller.who}`, submitKey: 'Enter' });
      },
      shows((who) => `milk for ${who}`),
    ],
  },
  {
    name: 'history',
    steps: [
      go('/one'),
      go('/two'),
      async (traveller) => {
        expect(await traveller.call('navigate_page', { type: 'back' })).toContain('/one');
        expect(await traveller.call('navigate_page', { type: 'forward' })).toContain('/two');
        expect(await traveller.call('navigate_page', { type: 'reload' })).toContain('/two');
      },
      shows((who) => who),
    ],
  },
  {
    name: 'upload',
    steps: [
      go('/upload'),
      async (traveller, place) => {
        await traveller.call('upload_file', {
          uid: await uid(traveller, 'File'),
          filePaths: [place.file],
        });
      },
      shows(() => 'letter.txt5'),
    ],
  },
];
