import { encodedKey, keySamples } from '../../records/keys.ts';
import { partitionOf } from '../../records/murmur.ts';
import { basePayload, recordOf } from '../../records/record.ts';
import { keyOf } from '../../records/side.ts';
import type { Side } from '../../records/side.ts';
import { shown } from '../../records/witness.ts';
import { isObject } from '../../schema/valid.ts';
import type { ChannelRule } from '../rule.ts';

export const partitionsChanged: ChannelRule = {
  id: 'partitions-changed',
  kind: 'channel',
  title: 'A topic has another number of partitions',
  directions: ['receive', 'send'],
  about:
    'The partition of a record is the hash of its key modulo this number: keys move to other partitions, and their old and new records lose their order.',
  remedy: 'Keep the number. To change it, move to a new topic, and let readers finish the old one first.',
  check({ before, after, writer }) {
    const [was, is] = [before.contract.partitions, after.contract.partitions];
    if (was === undefined || was === is) return undefined;
    const path = ['bindings', 'kafka', 'partitions'];
    if (is === undefined) {
      const why = `The topic had ${String(was)} partitions, and their number is no longer part of the contract`;
      return { verdict: 'look', path, why };
    }
    const isMoved = (key: Buffer) => partitionOf(key, was) !== partitionOf(key, is);
    const parts = writer === undefined ? undefined : sampleKeys(writer).find(({ key }) => isMoved(key));
    if (writer === undefined || parts === undefined) return undefined;
    const [from, to] = [partitionOf(parts.key, was), partitionOf(parts.key, is)];
    return {
      verdict: 'breaking',
      path,
      why: `The topic had ${String(was)} partitions and has ${String(is)}: keys move to other partitions, and their records lose their order`,
      record: recordOf(writer, parts),
      outcome:
        `is in partition ${String(to)} of ${String(is)}; ` +
        `older records of its key ${shown(parts.key)} are in partition ${String(from)} of ${String(was)}`,
    };
  },
};

const SAMPLES = 40;

/** Returns keys with the payloads that they belong to. Without a key in the contract a record may have any. */
function sampleKeys(side: Side): { readonly key: Buffer; readonly payload: unknown }[] {
  const key = keyOf(side);
  const payload = basePayload(side);
  const values = key === undefined ? [] : keySamples(key.schema, SAMPLES);
  for (let id = 1; id <= SAMPLES; id += 1) {
    if (key?.encoding === 'uint32le-padded') values.push(id);
    else if (key === undefined || key.encoding === 'text') values.push(`key-${String(id)}`);
  }
  const { field, encoding = 'text' } = key ?? {};
  const withKey = (value: unknown) =>
    field === undefined || !isObject(payload) ? payload : { ...payload, [field]: value };
  return values
    .map((value) => ({ key: encodedKey(encoding, value), payload: withKey(value) }))
    .filter((parts) => field === undefined || side.decoder.validatorOf(side.message).isValid(parts.payload));
}
