/** Loads the AsyncAPI document as plain data: references resolved, traits merged, without the parser's own fields. */
import { createRequire } from 'node:module';
import { parse as parseYaml } from 'yaml';

// The package's ESM build imports folders, which Node refuses; its CommonJS build works.
const { Parser } = createRequire(import.meta.url)('@asyncapi/parser') as typeof import('@asyncapi/parser');

/** The keywords of JSON schema that this generator reads. */
export interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly default?: unknown;
  readonly discriminator?: string;
  readonly readOnly?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly 'x-encoding'?: string;
  readonly 'x-key-field'?: string;
  readonly 'x-max-members'?: number;
}

export interface MessageExample {
  readonly name?: string;
  readonly summary?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly payload?: unknown;
}

export interface MessageObject {
  readonly name?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly contentType?: string;
  readonly headers?: Schema;
  readonly payload?: Schema;
  readonly examples?: readonly MessageExample[];
  readonly bindings?: { readonly kafka?: { readonly key?: Schema } };
}

export interface ChannelObject {
  readonly title?: string;
  readonly address?: string | null;
  readonly summary?: string;
  readonly description?: string;
  readonly messages?: Readonly<Record<string, MessageObject>>;
  readonly bindings?: {
    readonly kafka?: { readonly partitions?: number; readonly topicConfiguration?: Readonly<Record<string, unknown>> };
  };
  readonly 'x-env'?: string;
  readonly 'x-unknown-types'?: string;
}

export interface DocumentObject {
  readonly info?: { readonly title?: string; readonly description?: string };
  readonly defaultContentType?: string;
  readonly channels?: Readonly<Record<string, ChannelObject>>;
  readonly components?: { readonly messageTraits?: Readonly<Record<string, { readonly headers?: Schema }>> };
}

type OptionalReference = { readonly $ref?: string } | undefined;

/** The document before its references are resolved: the only place where traits and operations still have names. */
export interface RawDocument {
  readonly channels?: Readonly<Record<string, { readonly messages?: Readonly<Record<string, OptionalReference>> }>>;
  readonly operations?: Readonly<Record<string, { readonly action?: string; readonly channel?: OptionalReference }>>;
  readonly components?: {
    readonly messages?: Readonly<Record<string, { readonly traits?: readonly OptionalReference[] }>>;
  };
}

/** The faults of a document, a line each, with their positions. */
export class ContractError extends Error {
  constructor(source: string, faults: readonly string[]) {
    super(faults.map((fault) => `${source}: ${fault}`).join('\n'));
    this.name = 'ContractError';
  }
}

export interface LoadedDocument {
  /** The input of the AsyncAPI generator. */
  readonly parsed: object;
  readonly resolved: DocumentObject;
  readonly raw: RawDocument;
}

/** Parses and validates an AsyncAPI text. @throws {ContractError} with line and column of each fault. */
export async function loadDocument(text: string, source: string): Promise<LoadedDocument> {
  const { document, diagnostics } = await new Parser().parse(text, { source });
  if (document === undefined) {
    const errors = diagnostics.filter((diagnostic) => (diagnostic.severity as number) === 0);
    throw new ContractError(
      source,
      errors.map(({ range, path, message }) => {
        const { line, character } = range.start;
        return `line ${String(line + 1)}, column ${String(character + 1)} (${path.join('.') || 'document'}): ${message}`;
      }),
    );
  }
  return {
    parsed: document,
    resolved: withoutParserMarks(document.json()) as DocumentObject,
    raw: parseYaml(text) as RawDocument,
  };
}

function withoutParserMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutParserMarks);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !name.startsWith('x-parser-'))
      .map(([name, item]) => [name, withoutParserMarks(item)]),
  );
}
