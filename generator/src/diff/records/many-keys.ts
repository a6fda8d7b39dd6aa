/** Makes many different keys of a message's records. */
import { schemaOf } from '../../schemas.ts';
import { casesOf, valuesOf } from '../schema/cases.ts';
import { linked } from '../schema/linked.ts';
import { isObject } from '../../json-object.ts';
import { isValid } from '../schema/valid.ts';
import { encodedKey, keySamples } from './keys.ts';
import { basePayload } from './record.ts';
import { keyOf } from './side.ts';
import type { Side } from './side.ts';

export interface KeyWithPayload {
  readonly key: Buffer;
  readonly payload: unknown;
}

const COUNT = 200;

/** Returns keys with the payloads that they belong to. Without a key in the contract, a record may have any. */
export function manyKeys(side: Side): { readonly keys: readonly KeyWithPayload[]; readonly isComplete: boolean } {
  const stated = keyOf(side);
  const payload = basePayload(side);
  if (stated === undefined)
    return { keys: numbered((text) => ({ key: Buffer.from(text), payload })), isComplete: false };
  const { field, encoding, schema } = stated;
  const accepted = linked(schemaOf(schema, { isClosed: false, isBounded: false }));
  const few = casesOf(accepted).map(valuesOf);
  const samples = few.flatMap((values) => values ?? keySamples(schema, COUNT));
  const others = [...numbered((text) => text), ...numbered((_text, number) => number)];
  const values = [...samples, ...others, ...samples.flatMap(variantsOf)].filter((value) => isValid(accepted, value));
  const keys = [...new Set(values)].flatMap((value): KeyWithPayload[] => {
    if (value === null) return [];
    const withKey = field === undefined || !isObject(payload) ? payload : { ...payload, [field]: value };
    if (field !== undefined && !side.decoder.validatorOf(side.message).isValid(withKey)) return [];
    return [{ key: encodedKey(encoding, value), payload: withKey }];
  });
  return { keys, isComplete: few.every((list) => list !== undefined) };
}

const numbered = <Item>(make: (text: string, number: number) => Item): Item[] =>
  Array.from({ length: COUNT }, (_none, index) => make(`key-${String(index)}`, index));

/** Returns texts that differ from one in a character of the same kind: many of them have the form of the first one. */
function variantsOf(value: unknown): string[] {
  if (typeof value !== 'string') return [];
  return Array.from(value.slice(-COUNT)).flatMap((character, index) => {
    const kind = KINDS.find((characters) => characters.includes(character)) ?? '';
    const at = Math.max(0, value.length - COUNT) + index;
    return Array.from(kind).map((other) => `${value.slice(0, at)}${other}${value.slice(at + 1)}`);
  });
}

const KINDS = ['0123456789', 'abcdef', 'abcdefghijklmnopqrstuvwxyz', 'ABCDEF', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
