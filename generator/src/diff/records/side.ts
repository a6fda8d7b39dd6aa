/** One side of a record, and what its document states about it. */
import type { MessageObject, Schema } from '../../document.ts';
import { JSON_TYPE } from '../../format.ts';
import { laterSchemaIn } from '../../later-drafts.ts';
import { isJsonSchema } from '../../schema-language.ts';
import { schemaOf } from '../../schemas.ts';
import type { ContractMessage } from '../../shape.ts';
import { casesOf, typeOfValue, typesOf, valuesOf } from '../schema/cases.ts';
import type { ValueType } from '../schema/cases.ts';
import { linked } from '../schema/linked.ts';
import type { Service, ServiceChannel } from '../service.ts';
import type { ChannelReader } from '../wire/reader.ts';

/** A message of one version, with what reads it as that side does. */
export interface Side {
  readonly service: Service;
  readonly channel: ServiceChannel;
  readonly message: ContractMessage;
  readonly decoder: ChannelReader;
}

/** `text`, `value` for values of which no document states how they are written, or what `x-encoding` names. */
export type KeyEncoding = string;

/** The key of the records of one message. */
export interface MessageKey {
  readonly schema: Schema;
  readonly encoding: KeyEncoding;
  readonly field: string | undefined;
}

export function keyOf(side: Side): MessageKey | undefined {
  const schema = kafkaBindingOf(side).key;
  if (schema === undefined) return undefined;
  const named = schema['x-encoding'] ?? (isText(schema) ? 'text' : 'value');
  return { schema, encoding: TEXTS.has(named) ? 'text' : named, field: schema['x-key-field'] };
}

/** Encodings whose bytes are the text itself. */
const TEXTS = new Set(['text', 'ascii', 'uuid']);

/** Whether values of a schema may be texts. */
const isText = (schema: Schema): boolean => typesOfKey(schema).has('string');

/** Returns the types of the values of a schema of keys. */
function typesOfKey(schema: Schema): ReadonlySet<ValueType> {
  const cases = casesOf(linked(schemaOf(schema, { isClosed: false, isBounded: false })));
  return new Set(cases.flatMap((one) => valuesOf(one)?.map(typeOfValue) ?? [...typesOf(one)]));
}

/** Whether keys of two schemas may have the same type, and no encoding is named: nobody knows how to distinguish texts from other values. */
export function mayBeAlike({ schema: one }: MessageKey, { schema: other }: MessageKey): boolean {
  if ([one, other].some((schema) => schema['x-encoding'] !== undefined)) return false;
  const types = typesOfKey(other);
  return [...typesOfKey(one)].some((type) => type !== 'null' && types.has(type));
}

/** Returns what decides how the bytes of a payload are read, in words. */
export function formOf(side: Side): string {
  const { contentType } = objectOf(side);
  const { defaultContentType = 'application/json' } = side.service.document.resolved;
  const [type = '', ...parameters] = (contentType ?? defaultContentType).toLowerCase().split(';').map((part) => part.trim()); // prettier-ignore
  const charset = parameters.map((one) => one.replaceAll('"', '')).find((one) => one.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset=(?:utf-?8|us-ascii)$/.test(charset);
  // A CloudEvent has the payload in an envelope.
  const name = JSON_TYPE.test(type) && !type.startsWith('application/cloudevents') ? 'application/json' : type;
  return `${name}${isUtf8 ? '' : ` in ${charset.slice('charset='.length)}`}`;
}

/** The language of the schema of a payload. */
interface SchemaLanguage {
  /** Without its version and its notation. */
  readonly name: string;
  /** A schema in another language than JSON Schema. */
  readonly schema?: unknown;
}

export function languageOf(side: Side): SchemaLanguage {
  const { payload } = objectOf(side);
  const language = payload?.schemaFormat;
  if (language === undefined || isJsonSchema(language)) return { name: 'JSON Schema' };
  const [name = language] = language.split(/[;+]/);
  return { name, schema: payload?.schema };
}

/** Whether a payload names a later draft of JSON Schema than validators read. */
export const isOfLaterDraft = (side: Side): boolean => laterSchemaIn(objectOf(side).payload ?? {}) !== undefined;

/** Returns the message as the document has it. */
function objectOf({ service, message }: Side): MessageObject {
  const { channels } = service.document.resolved;
  return channels?.[String(message.path[1])]?.messages?.[String(message.path.at(-1))] ?? {};
}

/** Returns what the message states for Kafka. */
export const kafkaBindingOf = (side: Side) => objectOf(side).bindings?.kafka ?? {};
