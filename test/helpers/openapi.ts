import { Ajv2020 } from 'ajv/dist/2020.js';

interface Answers {
  [status: string]: { $ref?: string; content?: Record<string, { schema?: { type?: string } }> };
}

interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: { $ref?: string } }> };
  responses: Answers;
}

interface Text {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { example?: unknown }>; responses: Answers };
}

/** The OpenAPI document of a hub, and whether answers are what it says. */
export class OpenApi {
  readonly text: Text;
  readonly #ajv: Ajv2020;

  private constructor(text: Text) {
    this.text = text;
    // OpenAPI has words of its own beside those of JSON Schema.
    this.#ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
    this.#ajv.addSchema(text, 'openapi');
  }

  static async of(gateway: string): Promise<OpenApi> {
    return new OpenApi((await (await fetch(`${gateway}/openapi.json`)).json()) as Text);
  }

  /** Every operation: its verb in capitals, its path as written, and its description. */
  operations(): { method: string; path: string; operation: Operation }[] {
    return Object.entries(this.text.paths).flatMap(([path, verbs]) =>
      Object.entries(verbs).map(([verb, operation]) => ({ method: verb.toUpperCase(), path, operation })),
    );
  }

  /** What is wrong with the answer; null where it is as documented. */
  misfit(method: string, path: string, status: number, type: string | null, body: string): string | null {
    const { responses } = this.text.paths[path]?.[method.toLowerCase()] ?? { responses: {} };
    const key = String(status) in responses ? String(status) : 'default';
    const pointer =
      responses[key]?.$ref?.slice(1) ?? at('paths', path, method.toLowerCase(), 'responses', key);
    const documented = responses[key]?.$ref
      ? this.text.components.responses[responses[key].$ref.split('/').at(-1) ?? '']
      : responses[key];
    if (!documented) return `${status} is not documented`;
    if (!documented.content) return null;
    const wanted = Object.keys(documented.content);
    const media = wanted.find((each) => mediaType(each) === mediaType(type ?? ''));
    if (media === undefined) return `${type} is not ${wanted}`;
    const schema = documented.content[media]?.schema;
    const value = schema?.type === 'string' ? body : JSON.parse(body);
    const fits = this.#ajv.validate({ $ref: `openapi#${pointer}${at('content', media, 'schema')}` }, value);
    return fits ? null : this.#ajv.errorsText();
  }

  /** What is wrong with a value under a named schema; null where it fits. */
  misshapen(schema: string, value: unknown): string | null {
    const fits = this.#ajv.validate({ $ref: `openapi#/components/schemas/${schema}` }, value);
    return fits ? null : this.#ajv.errorsText();
  }
}

function mediaType(type: string): string {
  return type.split(';')[0]?.trim().toLowerCase() ?? '';
}

/** A JSON pointer as the fragment of a URL. */
function at(...names: string[]): string {
  return names
    .map((name) => `/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`)
    .join('');
}
