/** Parses and validates a document by the parser of AsyncAPI, without what is not read here. */
import { createRequire } from 'node:module';
import type { Path } from './pointer.ts';
import { isJsonSchema } from './schema-language.ts';

// The package's ESM build imports folders, which Node refuses; its CommonJS build works.
const { Parser } = createRequire(import.meta.url)('@asyncapi/parser') as typeof import('@asyncapi/parser');

type ParsedDocument = NonNullable<Awaited<ReturnType<InstanceType<typeof Parser>['parse']>>['document']>;
type PlainObject = Record<string, unknown>;

/** What the parser finds wrong, and where. */
export interface ParseFault {
  readonly path: Path;
  readonly message: string;
}

export interface Parsed {
  /** What was parsed, before its references were resolved. */
  readonly raw: object;
  /** Undefined if there are faults. */
  readonly document: ParsedDocument | undefined;
  readonly faults: readonly ParseFault[];
  /** The faults of what was left out: they do not matter for Kafka. */
  readonly ignored: readonly ParseFault[];
}

/**
 * Parses a document. Faulty bindings of other protocols are left out, as are servers and lists of messages that the conversion of an
 * older document got wrong.
 */
export async function parse(text: string, raw: object, source: string, isConverted: boolean): Promise<Parsed> {
  const content = withoutForeignSchemas(text, raw);
  let parsed = await parseOnce(content, raw, source);
  const ignored: ParseFault[] = [];
  for (let tries = 0; tries < MAX_TRIES && parsed.document === undefined; tries += 1) {
    if (!parsed.faults.every((fault) => isIgnorable(fault, isConverted))) break;
    const copy = structuredClone(typeof content === 'string' || tries > 0 ? (parsed.raw as PlainObject) : content);
    for (const { path } of parsed.faults) remove(copy, ignorablePath(path));
    ignored.push(...parsed.faults);
    parsed = await parseOnce(copy, copy, source);
  }
  return { ...parsed, ignored };
}

/** What is left out may leave references to it. */
const MAX_TRIES = 3;

async function parseOnce(content: string | PlainObject, raw: object, source: string): Promise<Parsed> {
  // Rules that only recommend something report no errors.
  const parser = new Parser({ ruleset: { core: true, recommended: false } });
  parser.registerSchemaParser(OTHER_LANGUAGES);
  const { document, diagnostics } = await parser.parse(content as string, { source });
  const errors = diagnostics.filter((diagnostic) => (diagnostic.severity as number) === 0);
  return { raw, document, faults: document === undefined ? errors : [], ignored: [] };
}

function isIgnorable({ path }: ParseFault, isConverted: boolean): boolean {
  const bindings = indexOfBindings(path);
  if (bindings >= 0) return path[bindings + 1] !== 'kafka' || (isConverted && path[0] !== 'channels');
  return isConverted && (path.includes('servers') || (path[0] === 'operations' && path.includes('messages')));
}

/** Returns where a path enters bindings: the protocol follows, or a name among the components. */
function indexOfBindings(path: Path): number {
  return path.findIndex((key) => /^(?:b|(?:server|channel|operation|message)B)indings$/.test(String(key)));
}

/** Returns the path of what is left out. */
function ignorablePath(path: Path): Path {
  const bindings = indexOfBindings(path);
  if (bindings >= 0) return path.slice(0, bindings + 2);
  const servers = path.indexOf('servers');
  if (servers >= 0) return path.slice(0, servers + 1);
  return path.slice(0, path.indexOf('messages') + 1);
}

function remove(root: PlainObject, path: Path): void {
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as PlainObject | undefined)?.[key], root);
  if (typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, String(path.at(-1)));
}

/**
 * Returns the document for the parser. Schemas in other languages are left out: the parser would fetch what they refer to,
 * and nobody reads it here.
 */
function withoutForeignSchemas(text: string, raw: object): string | PlainObject {
  if (!text.includes('schemaFormat')) return text;
  const changed: unknown[] = [];
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    const { schemaFormat } = value as { readonly schemaFormat?: unknown };
    if (typeof schemaFormat === 'string' && !isJsonSchema(schemaFormat) && 'schema' in value) {
      changed.push(value);
      // A string is valid in each of them.
      return { ...value, schema: 'bytes' };
    }
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, visit(item)]));
  };
  const visited = visit(raw) as PlainObject;
  return changed.length > 0 ? visited : text;
}

/** Schemas in other languages are taken as they are: the values that they describe are bytes here. */
const OTHER_LANGUAGES = {
  getMimeTypes: () =>
    ['avro', 'avro+json', 'avro+yaml']
      .flatMap((name) =>
        ['', ';version=1.8.2', ';version=1.9.0', ';version=1.10.0', ';version=1.11.0', ';version=1.12.0'].map(
          (version) => `application/vnd.apache.${name}${version}`,
        ),
      )
      .concat(
        ['', ';version=2', ';version=3'].map((version) => `application/vnd.google.protobuf${version}`),
        ['application/x-protobuf', 'application/vnd.oai.openapi;version=3.0.0', 'application/raml+yaml;version=1.0'],
      ),
  validate: () => [],
  parse: () => ({}),
};
