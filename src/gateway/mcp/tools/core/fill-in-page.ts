/// <reference lib="dom" />

/**
 * What came of filling in an element: `click`: only a click can do it; `wrong`: why it could not be done; `hidden`: what
 * it holds is not shown on the page either.
 */
export type Filled =
  | { kind: 'done'; value: string; hidden?: boolean }
  | { kind: 'click' }
  | { kind: 'wrong'; why: string; next: string };

/**
 * Runs in the page: replaces what an element holds, with the events that a person's typing has. It has nothing but what
 * is in it. `values`: more than one for a select that takes several.
 */
export function fillIn(element: Element, values: string[], onlySelect: boolean): Filled {
  const forms: Record<string, string> = {
    color: '#ff8800',
    date: '2026-01-31',
    'datetime-local': '2026-01-31T13:45',
    month: '2026-01',
    range: '50',
    time: '13:45',
    week: '2026-W05',
  };
  const value = values[0] ?? '';
  const target = controlOf(element);
  if (target instanceof HTMLOptionElement) {
    const select = target.closest('select');
    return select ? choose(select, [target]) : wrong('is an option of no select', 'Click it.');
  }
  if (target instanceof HTMLSelectElement) return choose(target, values);
  if (onlySelect) {
    return wrong('is no <select>', 'Click it to open its list, then click the option.');
  }
  if (target instanceof HTMLInputElement) return input(target);
  if (target instanceof HTMLTextAreaElement) return type(target);
  if (target instanceof HTMLElement && target.isContentEditable) return write(target);
  if (target.matches('button, a[href]')) return wrong('is a button or a link', 'Call click.');
  const state = target.getAttribute('aria-checked');
  if (state !== null) return toggle(state === 'true');
  return wrong(
    'is nothing that can be filled in',
    'Click it, then call type_text, or use the uid of the field in it.',
  );

  /** A label stands for its control, and what is around a single field for that. */
  function controlOf(given: Element): Element {
    if (given instanceof HTMLLabelElement && given.control) return given.control;
    const fields =
      'input:not([type=hidden]), textarea, select, [contenteditable=""], [contenteditable="true"]';
    if (given.matches(`${fields}, option, [aria-checked]`)) return given;
    if (given instanceof HTMLElement && given.isContentEditable) return given;
    const inner = given.querySelectorAll(fields);
    return inner.length === 1 && inner[0] ? inner[0] : given;
  }

  function input(field: HTMLInputElement): Filled {
    switch (field.type) {
      case 'checkbox':
        return toggle(field.checked);
      case 'radio':
        if (value === 'false' && field.checked) {
          return wrong('is a radio button, which only another one unchecks', 'Fill in that one with "true".');
        }
        return toggle(field.checked);
      case 'file':
        return wrong('takes files', 'Call upload_file.');
      case 'button':
      case 'submit':
      case 'reset':
      case 'image':
        return wrong('is a button', 'Call click.');
      case 'color':
      case 'date':
      case 'datetime-local':
      case 'month':
      case 'range':
      case 'time':
      case 'week':
        return set(field);
      default:
        return type(field);
    }
  }

  function toggle(checked: boolean): Filled {
    if (value !== 'true' && value !== 'false') {
      return wrong('is either on or off', 'Give "true" or "false".');
    }
    return String(checked) === value ? { kind: 'done', value } : { kind: 'click' };
  }

  /** Where nothing is typed: the page sees the value change as if it had been picked. */
  function set(field: HTMLInputElement): Filled {
    const before = field.value;
    put(field, field.type === 'color' ? value.toLowerCase() : value);
    if (
      value !== '' &&
      (field.value === '' || (field.type === 'color' && field.value !== value.toLowerCase()))
    ) {
      put(field, before);
      return wrong(`takes no ${JSON.stringify(value)}`, `Give it like ${forms[field.type] ?? 'its format'}.`);
    }
    tell(field, 'input');
    tell(field, 'change');
    return { kind: 'done', value: field.value };
  }

  function type(field: HTMLInputElement | HTMLTextAreaElement): Filled {
    if (field.readOnly)
      return wrong('is read-only', 'Click it to see whether that opens something to choose from.');
    const before = field.value;
    field.focus();
    field.select();
    const done =
      value === '' ? document.execCommand('delete') : document.execCommand('insertText', false, value);
    const lines = (text: string) => text.replace(/\r\n?/g, '\n');
    const typed = done && (lines(field.value) === lines(value) || field.value !== '');
    if (!typed) {
      put(field, value);
      tell(field, 'input');
    }
    if (field.value === '' && value !== '') {
      return wrong(
        `takes no ${JSON.stringify(value)}`,
        `It is of the type ${field.type}: give a value of that.`,
      );
    }
    if (field.value !== before) {
      if (typed) tellChangeOnce(field);
      else tell(field, 'change');
    }
    return { kind: 'done', value: field.value, hidden: field.type === 'password' };
  }

  /**
   * Tells of the change now, for nobody knows when the field loses the focus; the browser, which takes the value for
   * typed, would tell of it again then. Of what is typed after this it does tell.
   */
  function tellChangeOnce(field: HTMLInputElement | HTMLTextAreaElement): void {
    const root = field.getRootNode();
    // The event does not leave a shadow tree.
    const above = root instanceof ShadowRoot ? root : window;
    let told = field.value;
    const again = (event: Event) => {
      if (!event.isTrusted || event.target !== field || field.value !== told) return;
      event.stopImmediatePropagation();
      end();
    };
    const end = () => {
      above.removeEventListener('change', again, true);
      field.removeEventListener('blur', end);
    };
    above.addEventListener('change', again, true);
    field.addEventListener('blur', end);
    tell(field, 'change');
    told = field.value;
  }

  function write(editor: HTMLElement): Filled {
    editor.focus();
    getSelection()?.selectAllChildren(editor);
    const done =
      value === '' ? document.execCommand('delete') : document.execCommand('insertText', false, value);
    if (!done && editor.textContent !== value) {
      editor.textContent = value;
      tell(editor, 'input');
    }
    return { kind: 'done', value: editor.innerText };
  }

  function choose(select: HTMLSelectElement, wanted: (string | HTMLOptionElement)[]): Filled {
    const text = (option: HTMLOptionElement) => (option.label || option.text).replace(/\s+/g, ' ').trim();
    const options = [...select.options];
    const chosen: HTMLOptionElement[] = [];
    for (const each of wanted) {
      const name = typeof each === 'string' ? each : text(each);
      const found =
        (typeof each === 'string' ? options.find((option) => text(option) === name.trim()) : each) ??
        options.find((option) => option.value === each) ??
        options.find((option) => text(option).toLowerCase() === name.trim().toLowerCase());
      const all = options.slice(0, 30).map((option) => JSON.stringify(text(option)));
      if (!found) {
        return wrong(
          `has no option ${JSON.stringify(name)}`,
          `Its options: ${all.join(', ')}${options.length > 30 ? ` and ${options.length - 30} more` : ''}.`,
        );
      }
      if (found.disabled || found.parentElement?.matches('optgroup:disabled')) {
        return wrong(`has the option ${JSON.stringify(name)} disabled`, 'Choose another one.');
      }
      chosen.push(found);
    }
    if (!select.multiple && chosen.length !== 1) return wrong('takes one option', 'Give one value.');
    select.focus();
    for (const option of options) option.selected = chosen.includes(option);
    tell(select, 'input');
    tell(select, 'change');
    return { kind: 'done', value: [...select.selectedOptions].map(text).join(', ') };
  }

  /** As the browser does it: a framework may have put a setter of its own in front. */
  function put(field: HTMLInputElement | HTMLTextAreaElement, text: string): void {
    const own =
      field instanceof HTMLInputElement ? HTMLInputElement.prototype : HTMLTextAreaElement.prototype;
    Object.getOwnPropertyDescriptor(own, 'value')?.set?.call(field, text);
  }

  function tell(each: Element, name: string): void {
    each.dispatchEvent(new Event(name, { bubbles: true, composed: name === 'input' }));
  }

  function wrong(why: string, next: string): Filled {
    return { kind: 'wrong', why, next };
  }
}
