/** Random messages, drawn from the schemas of the contract: tests use a new message without being changed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'yaml';

interface Reference {
  readonly $ref: string;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema | Reference>>;
  readonly required?: readonly string[];
  readonly items?: Schema | Reference;
}

interface Message {
  readonly name: string;
  readonly payload: Schema | Reference;
}

interface Document {
  readonly channels: Readonly<Record<string, { readonly messages: Readonly<Record<string, Message | Reference>> }>>;
}

const document = parse(readFileSync(join(import.meta.dirname, '../../asyncapi.yaml'), 'utf8')) as Document;

function resolve<Value extends object>(value: Value | Reference): Value {
  if (!('$ref' in value)) return value;
  const path = value.$ref.split('/').slice(1);
  return resolve(path.reduce((inner: unknown, name) => (inner as Record<string, unknown>)[name], document) as Value);
}

/** Returns an arbitrary for the payload of each message of a channel, by the message's type. */
export function payloadsOf(channel: string): ReadonlyMap<string, fc.Arbitrary<object>> {
  const messages = Object.values(document.channels[channel]?.messages ?? {}).map(resolve);
  return new Map(messages.map(({ name, payload }) => [name, arbitraryOf(payload) as fc.Arbitrary<object>]));
}

/** Small numbers are likely to equal each other and ids of the test; the others cover the whole range. */
const SMALL_RANGE = 3;
const MAX_LIST_LENGTH = 6;

function arbitraryOf(schemaOrReference: Schema | Reference): fc.Arbitrary<unknown> {
  const schema = resolve(schemaOrReference);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.oneOf !== undefined) return fc.oneof(...schema.oneOf.map(arbitraryOf));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  return fc.oneof(...[schema.type ?? []].flat().map((type) => arbitraryOfType(type, schema)));
}

function arbitraryOfType(type: string, schema: Schema): fc.Arbitrary<unknown> {
  const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER, format } = schema;
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer': {
      const small = fc.integer({ min: minimum, max: Math.min(maximum, minimum + SMALL_RANGE) });
      return fc.oneof({ weight: 3, arbitrary: small }, fc.integer({ min: minimum, max: maximum }));
    }
    case 'string': {
      if (format === 'uuid') return fc.uuid();
      const { minLength = 0, maxLength = 20 } = schema;
      return fc.string({ minLength, maxLength, unit: 'binary' });
    }
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}), { maxLength: MAX_LIST_LENGTH });
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).map(
        ([name, field]) => [name, arbitraryOf(field)] as const,
      );
      return fc.record(Object.fromEntries(fields), { requiredKeys: [...(schema.required ?? [])] });
    }
    default:
      throw new Error(`no arbitrary of the schema type ${type}`);
  }
}
