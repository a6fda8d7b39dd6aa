/** Compares the headers of a message in both versions. */
import type { ErrorObject } from 'ajv';
import { propertiesOf } from '../../headers.ts';
import { isRequired } from '../../discrimination.ts';
import type { Schema } from '../../document.ts';
import { schemaOf } from '../../schemas.ts';
import type { Header } from '../../shape.ts';
import { decide } from '../schema/decide.ts';
import { unprovedOf } from '../schema/includes.ts';
import { linked, textOf } from '../schema/linked.ts';
import type { Linked } from '../schema/linked.ts';
import { randomOf } from '../schema/random.ts';
import { samplesOf } from '../schema/samples.ts';
import { isObject, isValid } from '../schema/valid.ts';
import { decodedHeader, headerFault } from '../wire/headers.ts';
import { pointerOf } from '../wire/reader.ts';
import { report } from './context.ts';
import type { Context } from './context.ts';
import { sentences } from './payload.ts';
import type { Sending } from './payload.ts';
import { areSendable, encodedHeaders, outcomeOf, recordOf, sentHeader, witnessOf } from './records.ts';

/** Compares all headers that may be sent with those that the reader accepts. */
export function compareHeaders(context: Context, sending: Sending): void {
  const { message, counterpart, reader, own, writer } = sending;
  const written = new Map(own.headersOf(message).map((header) => [header.name, header]));
  const read = new Map(reader.headersOf(counterpart).map((header) => [header.name, header]));
  if (written.size === 0 && read.size === 0) return;
  const changed = new Set(
    [...read.values()].flatMap(({ name, encoding }) => {
      const other = written.get(name)?.encoding;
      return other === undefined || other === encoding ? [] : [name];
    }),
  );
  const readSchema = readHeaders(sending, read, changed);
  const sentSchema = sentHeader(message);
  const isSame = changed.size === 0 && textOf(sentSchema) === textOf(sentHeader(counterpart));
  const question = JSON.stringify([
    textOf(sentSchema),
    textOf(linked(readSchema)),
    [...written.values()],
    [...read.values()],
  ]);
  if (context.answered.has(question)) return;
  const validator = context.validators.of(schemaOf(message.headers, { isClosed: true }), message.component);
  const readValidator = context.validators.of(readSchema, counterpart.component);
  const readLinked = linked(readSchema);
  const isSent = (values: unknown) =>
    isValid(sentSchema, values) && (isSame || validator.isValid(values)) && areSendable(own, message, values);

  const errorsOf = (values: unknown): ErrorObject[] => {
    const bytes = encodedHeaders(own, message, values);
    const errors: ErrorObject[] = [];
    const fault = headerFault([...read.values()], bytes);
    if (fault !== undefined)
      errors.push(errorOf(bytes[fault.name] === undefined ? 'required' : 'encoding', fault.name));
    const decoded: Record<string, unknown> = {};
    for (const header of read.values()) {
      const given = bytes[header.name];
      if (given === undefined) continue;
      const value = decodedHeader(header, given);
      const sentValue = decodedHeader(written.get(header.name) ?? header, given);
      // Without a valid trace, a new one begins.
      if (header.encoding === 'traceparent' && !header.required && value === undefined) continue;
      if (value === undefined || !isAlike(value, sentValue))
        errors.push(errorOf(changed.has(header.name) ? 'encoding' : 'form', header.name)); // prettier-ignore
      else decoded[header.name] = value;
    }
    const known = new Set(errors.map(({ params }) => (params as { readonly header?: string }).header));
    // Compiling validators takes most of the time: most headers need none.
    for (const error of isValid(readLinked, decoded) ? [] : readValidator.errorsOf(decoded)) {
      const name = nameIn(error);
      // One that is there and malformed is reported once.
      if (name === undefined || !known.has(name)) errors.push(error);
    }
    return errors;
  };
  const decision = decide({
    writer: [sentSchema],
    reader: readLinked,
    isSent,
    errorsOf,
    seed: context.seed,
    effort: isSame ? 6 : context.effort,
    first: longLists(sentSchema, read),
  });
  context.searched.records += decision.tried;
  for (const refusal of decision.refusals) {
    const name = refusal.field[0] ?? '';
    const record = recordOf(writer, own, message, { headers: encodedHeaders(own, message, refusal.value) });
    const result = reader.read(record);
    const rule = refusal.keyword === 'required' ? 'header-required' : refusal.keyword === 'encoding' ? 'header-encoding-changed' : 'header-changed'; // prettier-ignore
    const isThere = name in record.headers;
    const lost = isThere ? `the value of the header ${name} is not allowed` : `the header ${name} is missing`;
    const outcome = isThere ? `has the header ${name} with a value that the reader does not allow` : `lacks the header ${name}, which the reader requires`; // prettier-ignore
    const isProved = own.read(record).kind === 'message';
    report(context, {
      rule,
      verdict: isProved ? 'breaking' : 'look',
      location: { version: 'new', path: [...sending.path, 'headers', ...refusal.path, refusal.keyword] },
      direction: sending.use,
      why: `${sentences[sending.use](message.component)}: ${lost}`,
      witness: isProved
        ? witnessOf(writer, record, result.kind === 'message' ? outcome : outcomeOf(result))
        : undefined,
      subject: { channel: sending.readerChannel.contract.key, message: message.component, header: name },
      isStrictOnly: sending.isStrictOnly,
    });
  }
  const open = [...decision.open, ...unprovedEncodings(changed, written, read, decision.refusals.map(({ field }) => field[0]))]; // prettier-ignore
  if (decision.refusals.length === 0 && open.length === 0) context.answered.add(question);
  for (const { field, keyword, path } of open) {
    report(context, {
      rule: 'header-changed',
      verdict: 'look',
      location: { version: 'new', path: [...sending.path, 'headers', ...path, keyword] },
      direction: sending.use,
      why: `It is neither proved that the headers of every ${message.component} keep the rule "${keyword}" of ${field[0] ?? 'the headers'}, nor are headers found that break it`,
      subject: { channel: sending.readerChannel.contract.key, message: message.component, header: field[0] ?? '' },
      isStrictOnly: sending.isStrictOnly,
    });
  }
}

/** Returns headers with one member more than a reader takes: no keyword of JSON Schema limits the members of a list. */
function longLists(sentSchema: Linked, read: ReadonlyMap<string, Header>): unknown[] {
  const [base] = samplesOf([sentSchema], [], { random: randomOf(1), count: 1 });
  return [...read.values()].flatMap(({ name, maxMembers }) => {
    if (maxMembers === undefined) return [];
    return ['a=1', 'a', '1'].map((member) => ({ ...(isObject(base) ? base : {}), [name]: Array.from({ length: maxMembers + 1 }, () => member).join() })); // prettier-ignore
  });
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

function nameIn({ instancePath, params }: ErrorObject): string | undefined {
  const { missingProperty } = params as { readonly missingProperty?: string };
  return missingProperty ?? instancePath.split('/')[1]?.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Whether a value means the same in both encodings. Upper and lower case are the same UUID. */
const isAlike = (one: unknown, other: unknown) => plain(one) === plain(other);
const plain = (value: unknown) =>
  JSON.stringify(value ?? null)
    .replaceAll('"', '')
    .toLowerCase();

/** Returns the schema of the headers that a reader accepts. Those with another encoding are compared by their bytes. */
function readHeaders(
  { counterpart, reader }: Sending,
  read: ReadonlyMap<string, Header>,
  changed: ReadonlySet<string>,
): object {
  const { headers } = counterpart;
  const properties = propertiesOf(headers);
  const options = { isClosed: false, isTolerant: reader.kind === 'client' };
  const names = [...properties.keys()].filter((name) => isRequired(headers, name));
  // A service does not require what a library adds while a record is sent.
  const required = names.filter((name) => reader.kind !== 'service' || properties.get(name)?.readOnly !== true);
  const schema = schemaOf(withoutRequired(headers), options);
  const own = typeof schema === 'boolean' ? {} : schema;
  const { properties: all = {}, ...rest } = own as { readonly properties?: Readonly<Record<string, unknown>> };
  const kept = Object.entries(all).map(([name, rule]) => {
    const isFree =
      changed.has(name) || (read.get(name)?.encoding === 'traceparent' && read.get(name)?.required !== true);
    return [name, isFree ? true : rule] as const;
  });
  return { type: 'object', ...withoutClosing(rest), properties: Object.fromEntries(kept), required };
}

/** `required` is decided for all parts together. */
function withoutRequired(schema: Schema): Schema {
  const { required: _required, allOf, ...rest } = schema;
  return { ...rest, ...(allOf !== undefined && { allOf: allOf.map((part) => withoutRequired(part)) }) };
}

/** Readers ignore headers that they do not know. */
function withoutClosing(schema: object): object {
  const entries = Object.entries(schema).filter(([name]) => name !== 'additionalProperties' && name !== 'unevaluatedProperties'); // prettier-ignore
  return Object.fromEntries(entries);
}

/** Returns the headers with another encoding of which it is not clear that every value keeps its meaning. */
function unprovedEncodings(
  changed: ReadonlySet<string>,
  written: ReadonlyMap<string, Header>,
  read: ReadonlyMap<string, Header>,
  refused: readonly (string | undefined)[],
) {
  // prettier-ignore
  return [...changed].flatMap((name) => {
    const [from, to] = [written.get(name), read.get(name)];
    if (refused.includes(name) || from === undefined || to === undefined) return [];
    const isPlain = to.encoding === 'text' && to.pattern === undefined && to.maxLength === undefined && to.values === undefined && to.maxMembers === undefined; // prettier-ignore
    const isText = from.encoding !== 'uint16be';
    const isWider = to.encoding === 'number' && from.encoding === 'integer';
    return (isPlain && isText) || isWider ? [] : [{ path: ['properties', name], keyword: 'x-encoding', field: [name] }];
  });
}

/** Whether the new version may send headers that the old one did not allow. */
export function areHeadersExtended(before: Linked, after: Linked): boolean {
  return textOf(before) !== textOf(after) && isObject(after) && unprovedOf([after], before).length > 0;
}
