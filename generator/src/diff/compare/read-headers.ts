/** The headers that a reader accepts. */
import type { ErrorObject } from 'ajv';
import { propertiesOf } from '../../headers.ts';
import { isRequired } from '../../discrimination.ts';
import type { Schema } from '../../document.ts';
import { schemaOf } from '../../schemas.ts';
import { setField } from '../../json-object.ts';
import type { Header } from '../../shape.ts';
import { isRule } from '../records/sent.ts';
import type { Side } from '../records/side.ts';
import { decodedHeader, headerFault } from '../wire/headers.ts';
import type { WireHeaders } from '../wire/headers.ts';
import { pointerOf } from '../wire/reader.ts';

/** The headers of a message, by their names, as both sides have them. */
export interface HeaderPair {
  readonly written: ReadonlyMap<string, Header>;
  readonly read: ReadonlyMap<string, Header>;
  /** The names of headers with another encoding. Among the notations of JSON, the schemas decide. */
  readonly recoded: ReadonlySet<string>;
}

export function headerPair(writer: Side, reader: Side): HeaderPair {
  const [written, read] = [writer, reader].map(
    ({ decoder, message }) => new Map(decoder.headersOf(message).map((header) => [header.name, header])),
  ) as [Map<string, Header>, Map<string, Header>];
  const isRecoded = ({ name, encoding }: Header) => {
    const other = written.get(name)?.encoding ?? encoding;
    return other !== encoding && !(isJson(other) && isJson(encoding));
  };
  const recoded = new Set([...read.values()].filter(isRecoded).map(({ name }) => name));
  return { written, read, recoded };
}

const isJson = (encoding: Header['encoding']) => ['integer', 'number', 'boolean', 'json'].includes(encoding);

/** Returns the schema of the headers that a reader accepts. Those with another encoding are compared by their bytes. */
export function readHeaders({ message, decoder }: Side, { read, recoded }: HeaderPair): object {
  const { headers } = message;
  const fields = propertiesOf(headers);
  const names = [...fields.keys()].filter((name) => isRequired(headers, name));
  // A service does not require what a library adds while a record is sent.
  const required = names.filter((name) => decoder.kind !== 'service' || fields.get(name)?.readOnly !== true);
  const schema = schemaOf(withoutRequired(headers), {
    isClosed: false,
    isTolerant: decoder.kind === 'client',
    // Headers that are not known are not compared.
    mayBeSeveral: false,
    isBounded: false,
  });
  const own: { readonly properties?: Readonly<Record<string, unknown>> } = typeof schema === 'boolean' ? {} : schema;
  const { properties = {}, ...rest } = own;
  const isFree = (name: string) => recoded.has(name) || mayBeMalformed(read.get(name));
  const kept = Object.entries(properties).map(([name, rule]) => [name, isFree(name) ? true : rule] as const);
  return { type: 'object', ...withoutClosing(rest), properties: Object.fromEntries(kept), required };
}

/** Without a valid trace, a new one begins. */
const mayBeMalformed = (header: Header | undefined) => header?.encoding === 'traceparent' && !header.required;

/** `required` is decided for all parts together. */
function withoutRequired(schema: Schema): Schema {
  const { required: _required, allOf, ...rest } = schema;
  return { ...rest, ...(allOf !== undefined && { allOf: allOf.map((part) => withoutRequired(part)) }) };
}

const CLOSING = new Set(['additionalProperties', 'unevaluatedProperties']);

/** Readers ignore headers that they do not know, unless these have a schema too. */
const withoutClosing = (schema: object): object =>
  Object.fromEntries(Object.entries(schema).filter(([name, rule]) => !CLOSING.has(name) || isRule(rule)));

/** Returns the headers that a reader finds in the bytes of a record, and the errors of those that it does not. */
export function decodedHeaders(bytes: WireHeaders, { written, read, recoded }: HeaderPair) {
  const errors: ErrorObject[] = [];
  const fault = headerFault([...read.values()], bytes);
  const keywordOf = (name: string) => (recoded.has(name) ? 'encoding' : 'form');
  if (fault !== undefined)
    errors.push(errorOf(bytes[fault.name] === undefined ? 'required' : keywordOf(fault.name), fault.name));
  const values: Record<string, unknown> = {};
  for (const header of read.values()) {
    const { name } = header;
    const given = bytes[name];
    if (given === undefined) continue;
    const value = decodedHeader(header, given);
    if (value === undefined && mayBeMalformed(header)) continue;
    const meant = decodedHeader(written.get(name) ?? header, given);
    if (value === undefined || !isAlike(value, meant)) errors.push(errorOf(keywordOf(name), name));
    else setField(values, name, value);
  }
  return { values, errors };
}

function errorOf(keyword: string, name: string): ErrorObject {
  const isMissing = keyword === 'required';
  return {
    keyword,
    instancePath: isMissing ? '' : pointerOf([name]),
    schemaPath: isMissing ? '#/required' : `#/properties${pointerOf([name])}/${keyword}`,
    params: isMissing ? { missingProperty: name, header: name } : { header: name },
  };
}

/** Whether a value means the same in both encodings. Upper and lower case are the same UUID. */
const isAlike = (one: unknown, other: unknown) => plain(one) === plain(other);
const plain = (value: unknown) =>
  JSON.stringify(value ?? null)
    .replaceAll('"', '')
    .toLowerCase();
