/** Loads an AsyncAPI document as plain data: references resolved, traits merged, and each place with its line. */
import { ContractError } from './contract-error.ts';
import { mendEndless } from './endless.ts';
import { toEnums } from './enums.ts';
import { toDraft7 } from './later-drafts.ts';
import { parse } from './parse.ts';
import type { ParseFault } from './parse.ts';
import type { Path } from './pointer.ts';
import { SourceFile } from './source-file.ts';
import { upgrade } from './upgrade.ts';

/** The keywords of JSON Schema that this generator reads. The values of `properties` may be booleans in a document: they are objects here. */
export interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly default?: unknown;
  readonly discriminator?: string;
  readonly readOnly?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema | boolean | readonly (Schema | boolean)[];
  readonly additionalItems?: Schema | boolean;
  readonly additionalProperties?: boolean | Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly 'x-encoding'?: string;
  readonly 'x-key-field'?: string;
  readonly 'x-max-members'?: number;
  /** Whether readers must expect values that the enum does not list. */
  readonly 'x-open-enum'?: boolean;
  /** The meaning of each value of an enum. Documents have a `oneOf` instead. */
  readonly 'x-meanings'?: Readonly<Record<string, string>>;
  /** The name of a schema among the components; the parser adds it. */
  readonly 'x-parser-schema-id'?: string;
}

/** A schema that names its language. */
interface MultiFormatSchema {
  readonly schemaFormat?: string;
  readonly schema?: unknown;
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
  readonly headers?: Schema & MultiFormatSchema;
  readonly payload?: Schema & MultiFormatSchema;
  readonly correlationId?: { readonly location?: string };
  readonly examples?: readonly MessageExample[];
  readonly bindings?: {
    readonly kafka?: {
      readonly key?: Schema;
      readonly schemaIdLocation?: string;
      readonly schemaIdPayloadEncoding?: string;
      readonly schemaLookupStrategy?: string;
    };
  };
  readonly 'x-parser-message-name'?: string;
}

export interface ChannelObject {
  readonly title?: string;
  readonly address?: string | null;
  readonly summary?: string;
  readonly description?: string;
  readonly messages?: Readonly<Record<string, MessageObject>>;
  readonly bindings?: {
    readonly kafka?: {
      readonly topic?: string;
      readonly partitions?: number;
      readonly topicConfiguration?: Readonly<Record<string, unknown>>;
    };
  };
  readonly 'x-env'?: string;
  readonly 'x-unknown-types'?: string;
}

export interface OperationObject {
  readonly action?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly bindings?: { readonly kafka?: { readonly groupId?: Schema; readonly clientId?: Schema } };
  readonly reply?: { readonly address?: { readonly location?: string } };
}

export interface DocumentObject {
  readonly info?: { readonly title?: string; readonly version?: string; readonly description?: string };
  readonly defaultContentType?: string;
  readonly channels?: Readonly<Record<string, ChannelObject>>;
  readonly operations?: Readonly<Record<string, OperationObject>>;
  readonly components?: { readonly messageTraits?: Readonly<Record<string, { readonly headers?: Schema }>> };
}

export interface Reference {
  readonly $ref?: string;
}

export interface RawOperation {
  readonly action?: string;
  readonly channel?: Reference;
  readonly messages?: readonly Reference[];
  readonly reply?: { readonly channel?: Reference; readonly messages?: readonly Reference[] } & Reference;
}

/** The document before its references are resolved: the only place where traits and operations still have names. */
export interface RawDocument {
  readonly channels?: Readonly<Record<string, { readonly messages?: Readonly<Record<string, Reference | undefined>> }>>;
  readonly operations?: Readonly<Record<string, RawOperation & Reference>>;
  readonly components?: {
    readonly messages?: Readonly<Record<string, { readonly traits?: readonly (Reference | undefined)[] }>>;
    readonly operations?: Readonly<Record<string, RawOperation>>;
    readonly replies?: Readonly<Record<string, RawOperation['reply']>>;
  };
}

/** What is wrong at a place, and what to do. */
export interface DocumentFault {
  readonly path: Path;
  readonly sentence: string;
}

export interface LoadedDocument {
  /** The input of the AsyncAPI generator. */
  readonly parsed: object;
  readonly resolved: DocumentObject;
  readonly raw: RawDocument;
  /** What a user should know though it is no fault: a conversion, for example. */
  readonly notes: readonly string[];
  /** Returns line and JSON pointer of a place, for a sentence. */
  locate(path: Path): string;
}

/** Parses and validates an AsyncAPI text. @throws {ContractError} with line and JSON pointer of each fault. */
export async function loadDocument(given: string, source: string): Promise<LoadedDocument> {
  const { data, text, note, locate } = upgrade(new SourceFile(source, given), given);
  const { document, raw, faults, ignored } = await parse(text, data as object, source, note !== undefined);
  const inWords = ({ path, message }: ParseFault) => `${locate(path)}: ${message}`;
  if (document === undefined) throw new ContractError(source, faults.map(inWords));
  const left = ignored.map((fault) => `${inWords(fault)}; left out`);
  const resolved = document.json<DocumentObject>();
  const unread = toDraft7(resolved);
  toEnums(resolved);
  const mended = mendEndless(resolved.channels);
  const endless = [...new Set(mended.map((schema) => schema.title ?? schema['x-parser-schema-id'] ?? 'a schema'))].map(
    (name) =>
      `${name} contains itself without a field between, and is read without that: extend a schema that lists no kinds`,
  );
  const ofLaterDrafts = unread.map((name) => `${name} is a keyword of later drafts of JSON Schema that is not checked`);
  const notes = [...(note === undefined ? [] : [note]), ...left, ...endless, ...ofLaterDrafts];
  return { parsed: document, resolved, raw, notes, locate };
}
