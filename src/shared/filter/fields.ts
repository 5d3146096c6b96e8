/** How a field's values are written and compared. */
export type FieldKind = 'whole' | 'part' | 'choice' | 'number';

export interface Field {
  readonly kind: FieldKind;
  /** What the user reads about it: one sentence without its full stop. */
  readonly about: string;
  /** Each is a filter of its own. */
  readonly examples: readonly [string, ...string[]];
  /** Of a `choice`: everything that it may be. */
  readonly values?: readonly string[];
}

/**
 * The fields of the language, in the order in which help lists them; docs/filter.md, `tail --help` and the
 * screen's help are checked against this table. `whole` compares all of the value, `part` looks for it anywhere
 * inside; both take `*`, `/regex/` and alternatives.
 */
export const FIELDS = {
  client: {
    kind: 'whole',
    about: "the client's name or id",
    examples: ['client:playwright', 'client:claude-*'],
  },
  tab: {
    kind: 'whole',
    about: "the tab's number, or its target id: four characters of the beginning are enough",
    examples: ['tab:1,3', 'tab:E1A7'],
  },
  session: {
    kind: 'whole',
    about: 'the CDP session; four characters of the beginning are enough',
    examples: ['session:8FA2'],
  },
  id: { kind: 'whole', about: "the command's id, as its client counts", examples: ['id:17'] },
  domain: {
    kind: 'whole',
    about: 'what stands before the dot of the method',
    examples: ['domain:Network', 'domain:Page,DOM*'],
  },
  method: {
    kind: 'whole',
    about: 'the method or event, or just what stands after its dot',
    examples: ['method:Page.navigate', 'method:get*'],
  },
  dir: {
    kind: 'choice',
    about: 'in: commands of clients; out: their answers; event: events',
    examples: ['dir:in', 'dir:in,out'],
    values: ['in', 'out', 'event'],
  },
  url: { kind: 'part', about: 'an address', examples: ['url:example.com', 'url:"/api/v2"'] },
  status: {
    kind: 'choice',
    about: 'ok; err: failed or lost; open: not answered yet',
    examples: ['status:err', 'status:ok,open'],
    values: ['ok', 'err', 'open'],
  },
  code: { kind: 'whole', about: "the error's code", examples: ['code:-32000', 'code:-326*'] },
  ms: {
    kind: 'number',
    about: 'how long the answer took; in ms, or with s',
    examples: ['ms>200', 'ms>=1.5s'],
  },
  size: {
    kind: 'number',
    about: 'bytes of the message; k, M and G are thousands of each other',
    examples: ['size>10k', 'size<=1.5M'],
  },
  text: {
    kind: 'part',
    about: 'the message itself, without what is secret in it',
    examples: ['text:password', 'text:/"x":\\d+/'],
  },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof FIELDS;

type NamesOf<K extends FieldKind> = {
  [N in FieldName]: (typeof FIELDS)[N]['kind'] extends K ? N : never;
}[FieldName];
export type TextField = NamesOf<'whole' | 'part'>;
export type ChoiceField = NamesOf<'choice'>;
export type NumberField = NamesOf<'number'>;

export const FIELD_NAMES = Object.keys(FIELDS).filter(isFieldName);

export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(FIELDS, name);
}

export function isChoiceField(name: FieldName): name is ChoiceField {
  return FIELDS[name].kind === 'choice';
}

export function isNumberField(name: FieldName): name is NumberField {
  return FIELDS[name].kind === 'number';
}

/** Units of the number fields, in lower case, as factors. A thousand is 1,000, as the screen shows sizes. */
export const UNITS: Readonly<Record<NumberField, Readonly<Record<string, number>>>> = {
  ms: { ms: 1, s: 1000 },
  size: { b: 1, k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9 },
};
