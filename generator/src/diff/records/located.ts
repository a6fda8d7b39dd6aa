/** Values at the locations that documents name: `$message.payload#/hall`, `$message.header#/hall`. */
import { segmentsOf } from '../../pointer.ts';
import { isObject } from '../../json-object.ts';
import { decodedHeader, wireHeaders } from '../wire/headers.ts';
import type { WireRecord } from '../wire/reader.ts';
import { linked } from '../schema/linked.ts';
import type { Linked } from '../schema/linked.ts';
import { isIncluded } from '../schema/proof/includes.ts';
import { basePayload, baseHeaders, recordOf } from './record.ts';
import { sentHeader, sentPayload } from './sent.ts';
import type { Side } from './side.ts';

const SAMPLES = 60;

function parsed(location: string): { readonly isHeader: boolean; readonly path: readonly string[] } {
  const [source = '', pointer = ''] = location.split('#');
  return { isHeader: source.endsWith('header'), path: segmentsOf(`#${pointer}`) ?? [] };
}

/** Returns the value at a location as text; undefined if there is none. */
export function valueAt(
  { decoder, message }: Side,
  { headers, value }: WireRecord,
  location: string,
): string | undefined {
  const { isHeader, path } = parsed(location);
  if (isHeader) {
    const header = decoder.headersOf(message).find(({ name }) => name === path[0]);
    const bytes = headers[path[0] ?? ''];
    return textOf(header === undefined ? bytes?.toString() : decodedHeader(header, bytes));
  }
  if (decoder.channel.format !== 'json') return undefined;
  const payload = JSON.parse(value.toString()) as unknown;
  return textOf(path.reduce((inner: unknown, name) => (isObject(inner) ? inner[name] : undefined), payload));
}

const textOf = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;

/** Returns a record with these values at their locations, as far as the message may have them. */
export function recordWith(
  side: Side,
  values: readonly (readonly [location: string | undefined, value: string])[],
): WireRecord {
  let [payload, headers] = [basePayload(side), baseHeaders(side)];
  for (const [location, value] of values) {
    if (location === undefined) continue;
    const { isHeader, path } = parsed(location);
    if (isHeader) headers = wireHeaders(headers, { [path[0] ?? '']: Buffer.from(value) });
    else payload = changed(side, payload, path, value);
  }
  const record = recordOf(side, { headers, payload });
  return side.decoder.read(record).kind === 'message' ? record : recordOf(side, { payload });
}

function changed(side: Side, payload: unknown, path: readonly string[], value: string): unknown {
  const candidates = [value, Number(value)].map((one) => withValue(payload, path, one));
  return candidates.find((one) => side.decoder.validatorOf(side.message).isValid(one)) ?? payload;
}

function withValue(target: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const object = isObject(target) ? target : {};
  return { ...object, [name]: withValue(object[name], rest, value) };
}

/** Whether it is proved that each record of a message has a value at a location. */
export function alwaysHas({ message }: Side, location: string): boolean {
  const { isHeader, path } = parsed(location);
  const sent = isHeader ? sentHeader(message) : sentPayload(message);
  const wanted = path.reduceRight<Linked>((inner, name) => ({ type: 'object', required: [name], properties: { [name]: inner } }), {}); // prettier-ignore
  return isIncluded([sent], linked(wanted));
}

const TEXTS = ['a', 'b', '1', '2'];

/** Returns a record that has a value at a location, else any. */
export function recordHaving(side: Side, location: string): WireRecord {
  const hasValue = (record: WireRecord) => valueAt(side, record, location) !== undefined;
  const record = parsed(location).isHeader
    ? recordOf(side, { headers: baseHeaders(side, (headers) => hasValue(recordOf(side, { headers }))) })
    : recordOf(side, { payload: basePayload(side, (payload) => hasValue(recordOf(side, { payload }))) });
  return hasValue(record) ? record : recordWith(side, [[location, 'a']]);
}

/** Returns a record with two of the values at two locations, else any. */
export function recordThatDiffers(
  side: Side,
  [one, other]: readonly [string, string],
  values: readonly string[] = TEXTS,
): WireRecord {
  const made = values.flatMap((first) => [...values, ...TEXTS].map((second) => [first, second] as const));
  const records = made.slice(0, SAMPLES).filter(([first, second]) => first !== second).map(([first, second]) => recordWith(side, [[one, first], [other, second]])); // prettier-ignore
  const isOther = (record: WireRecord) => {
    const [first, second] = [valueAt(side, record, one), valueAt(side, record, other)];
    return first !== undefined && second !== undefined && first !== second;
  };
  return records.find(isOther) ?? recordOf(side);
}
