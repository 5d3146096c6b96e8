import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import type { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { Agent, type Site, site } from './agent.ts';

const PAGE = `<title>fields</title>
<script>let said = []; addEventListener('input', (event) => said.push('input ' + name(event)), true);
addEventListener('change', (event) => said.push('change ' + name(event)), true);
const name = ({ target }) => target.getAttribute('aria-label');
const of = (label) => document.querySelector('[aria-label="' + label + '"]');
const value = (label) => of(label).value ?? of(label).innerText.trim()</script>
<input aria-label=Name value=old> <textarea aria-label=Text>old</textarea> <input aria-label=Fixed readonly>
<div aria-label=Editor role=textbox contenteditable>old</div>
<input aria-label=Tick type=checkbox> <input aria-label=Red type=radio name=c> <input aria-label=Blue type=radio name=c>
<input aria-label=Day type=date> <input aria-label=Count type=number> <input aria-label=Tone type=color>
<input aria-label=Loud type=range max=10> <input aria-label=Short maxlength=3> <input aria-label=Off disabled>
<select aria-label=Size><option value=s>Small<option value=l>Large<option value=x disabled>Huge</select>
<select aria-label=Many multiple><option>A<option>B<option>C</select>
<input aria-label=One type=file> <input aria-label=Several type=file multiple>
<button onclick="document.querySelector('[aria-label=Several]').click()">Choose</button> <button>Plain</button>
<input aria-label=Alarm oninput="alert('typed')"> <input aria-label=Shout type=file onchange="alert('given')">
<div id=from draggable=true aria-label=From role=button style="width:80px;height:30px">drag me</div>
<div id=to aria-label=To role=button style="width:80px;height:30px">drop here</div>
<div id=knob aria-label=Knob role=slider aria-valuenow=0 style="width:30px;height:30px;background:#999"></div>
<script>const from = document.querySelector('#from'), to = document.querySelector('#to'), knob = document.querySelector('#knob');
from.ondragstart = (event) => event.dataTransfer.setData('text/plain', 'cargo');
to.ondragover = (event) => event.preventDefault();
to.ondrop = (event) => { event.preventDefault(); said.push('dropped ' + event.dataTransfer.getData('text/plain')) };
knob.onpointerdown = (event) => knob.setPointerCapture(event.pointerId);
knob.onpointermove = (event) => { if (event.buttons) knob.moved = true };
knob.onpointerup = () => said.push('knob ' + Boolean(knob.moved));
from.onmouseenter = () => said.push('over')
addEventListener('keydown', (event) => { if (event.ctrlKey && event.key !== 'Control') said.push('ctrl ' + event.key) })</script>`;

describe('fields', () => {
  let gateway: GatewayProcess;
  let pages: Site;
  let agent: Agent;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdp-hub-upload-'));
    pages = await site({
      '/': PAGE,
      '/outer': (_, response) =>
        response
          .writeHead(200, { 'content-type': 'text/html' })
          .end(`<iframe src="${pages.other}/" width=900 height=500></iframe>`),
    });
    gateway = await gatewayOn(await Chrome.start());
  });
  afterAll(() => rm(folder, { recursive: true }));

  beforeEach(async () => {
    agent = await Agent.connect(gateway);
    await agent.call('navigate_page', { url: `${pages.url}/` });
  });
  afterEach(() => agent[Symbol.asyncDispose]());

  const fill = async (label: string, value: string) =>
    agent.call('fill', { uid: await agent.uid(`"${label}"`), value });

  it('of every kind are filled in, with the events of typing', async () => {
    const values = {
      Name: 'Ada',
      Text: 'one\ntwo',
      Editor: 'rich text',
      Day: '2026-01-31',
      Count: '42',
      Tone: '#ff8800',
      Loud: '7',
    };
    for (const [label, value] of Object.entries(values)) await fill(label, value);
    for (const [label, value] of Object.entries(values)) {
      expect(await agent.value(`value('${label}')`)).toBe(value);
      const [input] = JSON.parse(
        String(await agent.value(`JSON.stringify(said.filter((each) => each === 'input ${label}'))`)),
      );
      expect(input).toBe(`input ${label}`);
    }
    expect(await agent.value(`said.includes('change Name')`)).toBe(true);
    await fill('Name', '');
    expect(await agent.value(`value('Name')`)).toBe('');
    expect(await fill('Short', 'abcdef')).toContain('It holds "abc" now.');
  });

  it('tell of a change once: neither again when they lose the focus, nor less when somebody types on', async () => {
    await agent.call('evaluate_script', {
      function: `() => {
        const host = document.body.appendChild(document.createElement('div'));
        host.attachShadow({ mode: 'open' }).innerHTML = '<input aria-label=Deep value=old>';
        window.changes = [];
        const hear = (event) => changes.push(event.target.getAttribute('aria-label') + ' ' + event.target.value);
        document.addEventListener('change', hear);
        host.shadowRoot.firstChild.addEventListener('change', hear);
      }`,
    });
    const changes = () => agent.value('window.changes.splice(0)');
    for (const label of ['Name', 'Text', 'Deep', 'Count']) {
      await fill(label, '42');
      await agent.call('press_key', { key: 'Tab' });
      expect(await changes()).toEqual([`${label} 42`]);
      // What it held before is no change, with or without the events of a person.
      await fill(label, '42');
      await agent.call('press_key', { key: 'Tab' });
      expect(await changes()).toEqual([]);
      await fill(label, '7');
      await agent.call('press_key', { key: 'End' });
      await agent.call('type_text', { text: '8', submitKey: 'Tab' });
      expect(await changes()).toEqual([`${label} 7`, `${label} 78`]);
      await agent.call('click', { uid: await agent.uid(`"${label}"`) });
      await agent.call('press_key', { key: 'End' });
      await agent.call('type_text', { text: '9', submitKey: 'Tab' });
      expect(await changes()).toEqual([`${label} 789`]);
    }
  });

  it('that hide what they hold are not read out', async () => {
    await agent.call('evaluate_script', {
      function: `() => { document.body.insertAdjacentHTML('afterbegin', '<input type=password maxlength=6 aria-label=Secret>') }`,
    });
    const uid = await agent.uid('"Secret"');
    expect(await agent.call('fill', { uid, value: 'abcdefgh' })).toBe(
      'Filled in textbox "Secret". It holds 6 characters now, which are not those given.',
    );
    expect(await agent.call('fill', { uid, value: 'hunter' })).toBe('Filled in textbox "Secret".');
    expect(await agent.call('get_text', { uid })).toBe('••••••');
    const said = [
      await agent.call('take_snapshot'),
      await agent.call('find_elements', { css: '[type=password]' }),
      await agent.call('debug_element', { uid }),
    ].join();
    expect(said).not.toContain('hunter');
    expect(await agent.value(`value('Secret')`)).toBe('hunter');
  });

  it('that are on or off, and lists, take what they show', async () => {
    await fill('Tick', 'true');
    await fill('Tick', 'true');
    await fill('Blue', 'true');
    await fill('Size', 'Large');
    expect(await agent.value(`[of('Tick').checked, of('Blue').checked, value('Size')]`)).toEqual([
      true,
      true,
      'l',
    ]);
    await agent.call('select_option', { uid: await agent.uid('"Many"'), values: ['A', 'C'] });
    expect(await agent.value(`[...of('Many').selectedOptions].map((each) => each.text)`)).toEqual(['A', 'C']);
    await agent.call('select_option', { uid: await agent.uid('"Size"'), values: ['s'] });
    expect(await agent.value(`said.filter((each) => each === 'change Size').length`)).toBe(2);
  });

  it('that take something else say so', async () => {
    const fails = async (label: string, value: string) =>
      agent.fails('fill', { uid: await agent.uid(`"${label}"`), value });
    expect(await fails('Fixed', 'x')).toContain('is read-only');
    expect(await fails('Off', 'x')).toContain('is disabled');
    expect(await fails('Day', 'tomorrow')).toContain('Give it like 2026-01-31.');
    expect(await fails('Count', 'many')).toContain('takes no "many"');
    expect(await fails('Tick', 'yes')).toContain('Give "true" or "false".');
    expect(await fails('Size', 'Tiny')).toContain(
      'has no option "Tiny". Its options: "Small", "Large", "Huge".',
    );
    expect(await fails('Size', 'Huge')).toContain('disabled');
    expect(await fails('Plain', 'x')).toContain('Call click.');
    expect(await fails('One', 'x')).toContain('Call upload_file.');
    expect(await agent.fails('select_option', { uid: await agent.uid('"Name"'), values: ['x'] })).toContain(
      'is no <select>',
    );
  });

  it('are filled in together; the answer says which failed', async () => {
    const [name, fixed, text] = [
      await agent.uid('"Name"'),
      await agent.uid('"Fixed"'),
      await agent.uid('"Text"'),
    ];
    const said = await agent.fails('fill_form', {
      elements: [
        { uid: name, value: 'Ada' },
        { uid: fixed, value: 'x' },
        { uid: '9_9', value: 'x' },
        { uid: text, value: 'last' },
      ],
    });
    expect(said).toContain('Filled in 2 of 4 fields.');
    expect(said).toContain(`The element ${fixed} (textbox "Fixed") is read-only.`);
    expect(said).toContain('There is no element 9_9');
    expect(await agent.value(`[value('Name'), value('Text')]`)).toEqual(['Ada', 'last']);
    const alarm = await agent.uid('"Alarm"');
    expect(
      await agent.call('fill_form', {
        elements: [
          { uid: alarm, value: 'x' },
          { uid: name, value: 'never' },
        ],
      }),
    ).toContain('An alert dialog is open: "typed"');
    await agent.call('handle_dialog', { action: 'accept' });
    // As long as the rest would have taken.
    await fill('Text', 'after');
    expect(await agent.value(`[value('Name'), value('Alarm')]`)).toEqual(['Ada', 'x']);
  });

  it('get no more of what was typed once a dialog has ended the call', async () => {
    await agent.call('click', { uid: await agent.uid('"Alarm"') });
    expect(await agent.call('type_text', { text: 'abc', submitKey: 'Tab' })).toMatch(
      /^Typed 1 of 3 characters into <input> "Alarm"\.\nAn alert dialog is open: "typed"/,
    );
    await agent.call('handle_dialog', { action: 'accept' });
    await agent.call('click', { uid: await agent.uid('"Name"') });
    await agent.call('press_key', { key: 'End' });
    expect(await agent.value(`[value('Alarm'), value('Name'), document.activeElement.ariaLabel]`)).toEqual([
      'a',
      'old',
      'Name',
    ]);
  });

  it('get what is typed while they have the focus', async () => {
    await agent.call('click', { uid: await agent.uid('"Name"') });
    expect(await agent.call('press_key', { key: 'Control+A' })).toBe('Pressed Control+A.');
    expect(await agent.call('type_text', { text: 'Ada', submitKey: 'Tab' })).toBe(
      'Typed 3 characters into <input> "Name", then pressed Tab.',
    );
    expect(await agent.value(`[value('Name'), document.activeElement.ariaLabel]`)).toEqual(['Ada', 'Text']);
    await agent.call('press_key', { key: 'Control++' });
    await agent.call('press_key', { key: 'ctrl+Shift+k' });
    expect(await agent.value(`said.filter((each) => /^ctrl .$/.test(each))`)).toEqual([
      'ctrl a',
      'ctrl +',
      'ctrl K',
    ]);
    expect(await agent.fails('press_key', { key: 'Nope' })).toContain('There is no key "Nope"');
    expect(await agent.fails('press_key', { key: 'A+B' })).toContain('is no combination of keys');
    await agent.value('document.activeElement.blur()');
    expect(await agent.call('type_text', { text: 'x' })).toContain('no element has the focus');
  });

  it('in a frame of another site are the same', async () => {
    await agent.call('navigate_page', { url: `${pages.url}/outer` });
    await fill('Name', 'inside');
    await fill('Tick', 'true');
    await agent.call('click', { uid: await agent.uid('"Text"') });
    expect(await agent.call('type_text', { text: '!' })).toContain('into <textarea> "Text"');
    await agent.call('select_frame', { uid: await agent.uid('Iframe') });
    expect(await agent.value(`[value('Name'), of('Tick').checked, value('Text').length]`)).toEqual([
      'inside',
      true,
      4,
    ]);
  });

  it('of files get files that are there', async () => {
    const [one, two] = [join(folder, 'one.txt'), join(folder, 'two.txt')];
    await writeFile(one, 'first');
    await writeFile(two, 'second');
    const uid = await agent.uid('"One"');
    expect(await agent.call('upload_file', { uid, filePaths: [one] })).toContain('has one.txt now.');
    expect(await agent.value(`of('One').files[0].text().then((text) => text)`)).toBe('first');
    expect(await agent.fails('upload_file', { uid, filePaths: [one, two] })).toContain('takes one file');
    expect(await agent.fails('upload_file', { uid, filePaths: [join(folder, 'none')] })).toContain(
      'There is no file',
    );
    expect(await agent.fails('upload_file', { uid, filePaths: ['one.txt'] })).toContain(
      'is no absolute path',
    );
    expect(await agent.fails('upload_file', { uid, filePaths: [folder] })).toContain('is no file');
    const button = await agent.uid('"Choose"');
    expect(await agent.call('upload_file', { uid: button, filePaths: [one, two] })).toContain(
      'one.txt, two.txt',
    );
    expect(await agent.value(`of('Several').files.length`)).toBe(2);
    expect(await agent.fails('upload_file', { uid: await agent.uid('"Plain"'), filePaths: [one] })).toContain(
      'did not open a file chooser',
    );
  });

  it('of files get none after a dialog has ended the call', async () => {
    const one = join(folder, 'one.txt');
    await writeFile(one, 'first');
    const [shout, several] = [await agent.uid('"Shout"'), await agent.uid('"Several"')];
    const inputs = [
      { uid: shout, files: [one] },
      { uid: several, files: [one] },
    ];
    expect(await agent.call('upload_files', { inputs })).toMatch(
      /^Gave \S+ to button "Shout"\.\n1 of 2 inputs was not tried\.\nAn alert dialog is open: "given"/,
    );
    await agent.call('handle_dialog', { action: 'accept' });
    await agent.call('upload_file', { uid: await agent.uid('"One"'), filePaths: [one] });
    expect(await agent.value(`[of('Shout').files.length, of('Several').files.length]`)).toEqual([1, 0]);
  });

  it('and whatever else can be dragged and hovered are', async () => {
    const [from, to, knob] = [await agent.uid('"From"'), await agent.uid('"To"'), await agent.uid('"Knob"')];
    await agent.call('hover', { uid: from });
    expect(await agent.call('drag', { from_uid: from, to_uid: to })).toBe(
      'Dragged button "From" onto button "To".',
    );
    await agent.call('drag', { from_uid: knob, to_uid: from });
    expect(await agent.value(`said.filter((each) => /^(over|dropped|knob)/.test(each)).slice(0, 3)`)).toEqual(
      ['over', 'dropped cargo', 'knob true'],
    );
  });
});
