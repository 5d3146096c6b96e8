import { describe, expect, it } from 'vitest';
import { coverPage } from '../../../../src/gateway/mux/cover-page.ts';
import { type Client, CONTROL, type Frame, Transcript } from './transcript.ts';

const PAGE = { targetId: 'P', type: 'page', url: 'about:blank' };
const STEWARD = { targetId: 'S', type: 'other', url: '' };

/** What the browser's clock is ahead of the hub's, in milliseconds. */
const BROWSER_AHEAD = 5000;

/** A browser with windows, and an agent whose page P is in window 7; the hub's steward S says `able`. */
class Desk {
  readonly transcript: Transcript;
  readonly agent: Client;
  readonly able: boolean;
  /** What the steward says of the window. */
  covered = false;
  /** What the steward was asked for, in order. */
  readonly asked: string[] = [];
  readonly handedBack: string[] = [];
  readonly coverTitles: string[] = [];
  /** What was evaluated in other pages than the steward, with their targets. */
  readonly evaluated: string[] = [];
  /** Commands on pages, as the browser got them. */
  readonly got: string[] = [];
  #covers: number[] = [];
  #sessions = 0;

  constructor({ able = true, isolation = 'tabs' as const, named = false, badge = true } = {}) {
    this.able = able;
    this.transcript = new Transcript({ windows: true, newMark: () => 'abc', badge });
    this.agent = this.transcript.ready('A', this.transcript.workspace(isolation, named));
  }

  /** The agent makes P and is attached to it by session AP. */
  makePage(): void {
    this.agent.say({ id: 1, method: 'Target.createTarget', params: { url: 'about:blank' } });
    this.event('Target.targetCreated', { targetInfo: PAGE });
    const { id } = this.transcript.sent().find(({ method }) => method === 'Target.createTarget') ?? {};
    this.transcript.chrome({ id, result: { targetId: 'P' }, sessionId: CONTROL });
    this.transcript.attached('A', 'AP', 'page', 'P');
  }

  event(method: string, params: object): void {
    this.transcript.chrome({ method, params, sessionId: CONTROL });
  }

  /** The browser answers all that it was sent; covers are made by {@link cover}. */
  run(): void {
    for (let frames = this.transcript.sent(); frames.length > 0; frames = this.transcript.sent()) {
      for (const frame of frames) this.#answer(frame);
    }
  }

  /** The steward is done with the covers that it was asked for. */
  cover(value: number | null = 7): void {
    for (const id of this.#covers.splice(0)) this.#say({ id, sessionId: 'S-1' }, { result: { value } });
    this.run();
  }

  #answer(frame: Frame): void {
    const { method = '', params = {}, sessionId } = frame;
    switch (method) {
      case 'Browser.getWindowForTarget':
        this.#say(frame, { windowId: 7 });
        return;
      case 'Target.createTarget':
        this.event('Target.targetCreated', { targetInfo: STEWARD });
        this.#say(frame, { targetId: 'S' });
        return;
      case 'Target.attachToTarget':
        this.#sessions += 1;
        this.#say(frame, { sessionId: `${String(params.targetId)}-${this.#sessions}` });
        return;
      case 'Runtime.evaluate':
        this.#evaluate(frame, String(params.expression));
        return;
      default:
        if (sessionId !== CONTROL) this.got.push(`${method} on ${sessionId}`);
        this.#say(frame, {});
    }
  }

  #evaluate(frame: Frame, expression: string): void {
    const [, name] = /^cdpHub\.(\w+)\(/.exec(expression) ?? [];
    if (name !== undefined) this.asked.push(name);
    else if (!frame.sessionId?.startsWith('S-'))
      this.evaluated.push(`${frame.sessionId?.split('-')[0]}: ${expression}`);
    const [, title] = /<title>(.*?)<\/title>/.exec(decodeURIComponent(expression)) ?? [];
    if (title !== undefined) this.coverTitles.push(title);
    if (name === 'cover') this.#covers.push(Number(frame.id));
    else {
      const said = { isCovered: this.covered, watch: this.transcript.now + BROWSER_AHEAD };
      const value = name === undefined ? this.able : said[name as keyof typeof said];
      this.#say(frame, { result: { value } });
      if (name === 'handBack') this.handedBack.push(expression);
    }
  }

  #say({ id, sessionId }: Frame, result: object): void {
    this.transcript.chrome({ id, result, sessionId });
  }
}

const press = (id: number) => ({
  id,
  method: 'Input.dispatchMouseEvent',
  params: { type: 'mousePressed', x: 1, y: 1 },
  sessionId: 'AP',
});

describe('in a browser with windows', () => {
  it('input waits, in order, until the page is behind its cover; all else goes on', () => {
    const desk = new Desk();
    desk.makePage();
    desk.agent.say(press(2));
    desk.agent.say({ id: 3, method: 'Input.insertText', params: { text: 'x' }, sessionId: 'AP' });
    desk.agent.say({ id: 4, method: 'Page.enable', sessionId: 'AP' });
    desk.run();
    expect(desk.asked).toEqual(['watch', 'cover']);
    expect(desk.got.filter((line) => line.endsWith('AP'))).toEqual([
      'Emulation.setFocusEmulationEnabled on AP',
      'Page.enable on AP',
    ]);
    desk.cover();
    expect(desk.got.slice(-2)).toEqual(['Input.dispatchMouseEvent on AP', 'Input.insertText on AP']);
    // Where the page was in front after all, the person has the focus back.
    expect(desk.asked.at(-1)).toBe('handBack');
    expect(desk.agent.heard().map(({ id }) => id)).toEqual(expect.arrayContaining([2, 3, 4]));
  });

  it('a picture wakes the page first, and input behind it does not overtake', () => {
    const desk = new Desk();
    desk.makePage();
    desk.run();
    desk.cover();
    desk.got.length = 0;
    desk.agent.say({ id: 2, method: 'Page.captureScreenshot', sessionId: 'AP' });
    desk.agent.say(press(3));
    desk.run();
    expect(desk.got).toEqual([
      'Page.startScreencast on P-2',
      'Page.captureScreenshot on AP',
      'Input.dispatchMouseEvent on AP',
    ]);
    desk.agent.say({ id: 4, method: 'Page.captureScreenshot', sessionId: 'AP' });
    desk.run();
    expect(desk.got.at(-1)).toBe('Page.captureScreenshot on AP');
    // The hub looks away again when no picture follows.
    desk.transcript.now = 10_000;
    desk.transcript.mux.tick();
    expect(desk.transcript.sent().map(({ method }) => method)).toEqual(['Target.detachFromTarget']);
  });

  it('a browser that keeps the hub out of its windows takes input as it comes', () => {
    const desk = new Desk({ able: false });
    desk.makePage();
    desk.agent.say(press(2));
    desk.run();
    expect(desk.asked).toEqual([]);
    expect(desk.got).toContain('Input.dispatchMouseEvent on AP');
    expect(desk.agent.heard().some(({ id, error }) => id === 2 && error === undefined)).toBe(true);
  });

  it('a steward that does not answer holds nothing up for long', () => {
    const desk = new Desk();
    desk.makePage();
    desk.agent.say(press(2));
    desk.run();
    expect(desk.got).not.toContain('Input.dispatchMouseEvent on AP');
    desk.transcript.now = 3001;
    desk.transcript.mux.tick();
    desk.run();
    expect(desk.got).toContain('Input.dispatchMouseEvent on AP');
    expect(desk.transcript.mux.targets.own.isMaking('')).toBe(false);
  });

  it('a press behind its cover gives nothing back: what took the focus then was the person', () => {
    const desk = new Desk();
    desk.makePage();
    desk.run();
    desk.cover();
    desk.asked.length = 0;
    desk.covered = true;
    desk.agent.say(press(2));
    desk.run();
    expect(desk.asked).toEqual(['isCovered']);
    desk.covered = false;
    desk.agent.say(press(3));
    desk.run();
    expect(desk.asked).toEqual(['isCovered', 'isCovered', 'handBack']);
  });

  it('the steward is told by its own clock since when the focus may have been taken, however late it is asked', () => {
    const desk = new Desk();
    desk.makePage();
    desk.run();
    desk.cover();
    desk.transcript.now = 1000;
    desk.agent.say(press(2));
    const [sent] = desk.transcript.sent();
    desk.transcript.now = 1400;
    desk.transcript.chrome({ id: sent?.id, result: {}, sessionId: 'AP' });
    desk.transcript.now = 1900;
    desk.run();
    expect(desk.handedBack.at(-1)).toBe('cdpHub.handBack([7], 6000)');
  });

  it('a press without a cover: who has the focus is looked at first, and input stays in order', () => {
    const desk = new Desk();
    desk.makePage();
    desk.run();
    // The steward could not do it: a popup window whose opener has gone.
    desk.cover(null);
    desk.asked.length = 0;
    desk.got.length = 0;
    desk.agent.say(press(2));
    desk.agent.say({ id: 3, method: 'Input.insertText', params: { text: 'x' }, sessionId: 'AP' });
    desk.agent.say(press(4));
    expect(desk.got).toEqual([]);
    desk.run();
    expect(desk.got).toEqual([
      'Input.dispatchMouseEvent on AP',
      'Input.insertText on AP',
      'Input.dispatchMouseEvent on AP',
    ]);
    expect(desk.asked.filter((name) => name !== 'isCovered')).toEqual([
      'look',
      'look',
      'handBack',
      'handBack',
    ]);
  });

  it('who leaves while input waits is nobody’s concern any more', () => {
    const desk = new Desk();
    desk.makePage();
    desk.agent.say(press(2));
    desk.run();
    desk.agent.mux.leave();
    desk.run();
    desk.cover();
    expect(desk.agent.mux.inFlight).toBe(0);
    expect(desk.got).not.toContain('Input.dispatchMouseEvent on AP');
  });

  it('covers and stewards are nobody’s to see, and a cover goes with the last page behind it', () => {
    const desk = new Desk();
    const everything = desk.transcript.ready('E');
    everything.say({ id: 1, method: 'Target.setDiscoverTargets', params: { discover: true } });
    desk.makePage();
    desk.run();
    const cover = { targetId: 'C', type: 'page', url: 'data:text/html;cdp-hub=abc.7;charset=utf-8,x' };
    const tab = { targetId: 'CT', type: 'tab', url: '' };
    for (const targetInfo of [tab, cover]) {
      desk.event('Target.targetCreated', { targetInfo });
      for (const sessionId of ['A', 'E']) {
        desk.transcript.chrome({ method: 'Target.targetCreated', params: { targetInfo }, sessionId });
      }
    }
    desk.cover();
    const told = JSON.stringify([...desk.agent.frames, ...everything.frames]);
    expect(told).not.toContain('"C"');
    expect(told).not.toContain('"CT"');
    expect(told).not.toContain('"S"');
    desk.transcript.sent();
    desk.event('Target.targetDestroyed', { targetId: 'P' });
    const [closing] = desk.transcript.sent();
    expect(closing).toMatchObject({ method: 'Target.closeTarget', params: { targetId: 'C' } });
  });

  it('closes what a hub before it left in front of windows', () => {
    const transcript = new Transcript({ newMark: () => 'abc' });
    transcript.mux.lost('a restart');
    transcript.mux.open((text) => void transcript.upstream.push(JSON.parse(text) as Frame));
    transcript.chrome({ id: transcript.one().id, result: { sessionId: CONTROL } });
    const stale = { targetId: 'OLD', type: 'page', url: 'data:text/html;cdp-hub=def.3;charset=utf-8,x' };
    transcript.chrome({ method: 'Target.targetCreated', params: { targetInfo: stale }, sessionId: CONTROL });
    for (const { id } of transcript.sent()) transcript.chrome({ id, result: {}, sessionId: CONTROL });
    expect(transcript.one()).toMatchObject({ method: 'Target.closeTarget', params: { targetId: 'OLD' } });
  });
});

describe('a cover says whose the pages behind it are', () => {
  const COVER = { targetId: 'C', type: 'page', url: 'data:text/html;cdp-hub=abc.7;charset=utf-8,x' };

  it.each([
    ['an unnamed workspace: its client', false, 'cdp-hub: c1'],
    ['a named one: the workspace', true, 'cdp-hub: w1'],
  ])('%s', (_what, named, title) => {
    const desk = new Desk({ named });
    desk.makePage();
    desk.run();
    expect(desk.coverTitles).toEqual([title]);
  });

  it('without badges it says nothing of that', () => {
    const desk = new Desk({ badge: false });
    desk.makePage();
    desk.run();
    expect(desk.coverTitles).toEqual(['cdp-hub: agent']);
  });

  it('the workspace that bears a client’s id is given that client’s name when it comes', () => {
    const desk = new Desk({ named: true });
    desk.makePage();
    desk.run();
    desk.event('Target.targetCreated', { targetInfo: { ...COVER, targetId: 'T', type: 'tab' } });
    desk.event('Target.targetCreated', { targetInfo: COVER });
    desk.cover();
    const { workspace } = desk.agent.mux;
    const identity = { ...desk.agent.mux.identity, id: workspace.name, name: 'claude "<1>"' };
    const sink = { deliver: () => {}, close: () => {}, lost: () => {} };
    desk.transcript.mux.join({ identity, workspace, face: { kind: 'browser' }, sink });
    desk.run();
    expect(desk.evaluated.at(-1)).toBe(
      `C: document.title = "cdp-hub: claude \\"<1>\\"", document.getElementById('whose').textContent = "“claude \\"<1>\\"”"`,
    );
  });

  it('what a client calls itself is text, and no markup', () => {
    expect(coverPage('<b title="x">&')).toContain(
      '<title>cdp-hub: &#60;b title=&#34;x&#34;&#62;&#38;</title>',
    );
    expect(coverPage('<b title="x">&')).not.toContain('<b ');
  });
});
