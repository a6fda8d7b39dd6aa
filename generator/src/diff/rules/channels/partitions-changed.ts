import { partitionOf } from '../../records/murmur.ts';
import { recordOf } from '../../records/record.ts';
import { manyKeys } from '../../records/many-keys.ts';
import { keyOf } from '../../records/side.ts';
import { shown } from '../../records/witness.ts';
import type { SendingRule } from '../rule.ts';

export const partitionsChanged: SendingRule = {
  id: 'partitions-changed',
  kind: 'sending',
  title: 'A topic has another number of partitions',
  directions: ['receive', 'send'],
  about:
    'The partition of a record is the hash of its key modulo this number: keys move to other partitions, and their old and new records lose their order.',
  remedy: 'Keep the number. To change it, move to a new topic, and let readers finish the old one first.',
  check({ before, after, writer, reader }) {
    const [was, is] = [before.channel.contract.partitions, after.channel.contract.partitions];
    if (was === undefined || was === is) return undefined;
    const path = [...after.channel.path, 'bindings', 'kafka', 'partitions'];
    const location = { version: 'new' as const, path };
    if (is === undefined) {
      const why = `The topic had ${String(was)} partitions, and their number is no longer part of the contract`;
      return { verdict: 'look', location, why };
    }
    if (keyOf(writer) === undefined && keyOf(reader) === undefined) {
      const why = `The topic had ${String(was)} partitions and has ${String(is)}, and it is not known whether its records have keys`;
      return { verdict: 'look', location, why };
    }
    const why = `The topic had ${String(was)} partitions and has ${String(is)}: keys move to other partitions, and their records lose their order`;
    const { keys, isComplete } = manyKeys(writer);
    const moved = keys.find(({ key }) => partitionOf(key, was) !== partitionOf(key, is));
    // A few keys may happen to stay.
    if (moved === undefined) return isComplete ? undefined : { verdict: 'look', location, why };
    const [from, to] = [partitionOf(moved.key, was), partitionOf(moved.key, is)];
    return {
      verdict: 'breaking',
      location,
      why,
      record: recordOf(writer, moved),
      outcome:
        `is in partition ${String(to)} of ${String(is)}; ` +
        `older records of its key ${shown(moved.key)} are in partition ${String(from)} of ${String(was)}`,
    };
  },
};
