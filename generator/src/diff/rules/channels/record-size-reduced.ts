import { largeRecord, sizeOf } from '../../records/large.ts';
import { limitOf } from '../../service.ts';
import type { ChannelRule } from '../rule.ts';

export const recordSizeReduced: ChannelRule = {
  id: 'record-size-reduced',
  kind: 'channel',
  title: 'A topic takes smaller records only',
  directions: ['receive'],
  about: 'The broker refuses records that were small enough before. The default is 1048588 bytes.',
  remedy: 'Keep max.message.bytes. If all records are smaller, waive this finding.',
  check({ before, after, writers }) {
    const [was, is] = [limitOf(before, 'max.message.bytes'), limitOf(after, 'max.message.bytes')];
    if (is >= was) return undefined;
    const path = ['bindings', 'kafka', 'topicConfiguration', 'max.message.bytes'];
    const why = `max.message.bytes was ${String(was)} and is ${String(is)}`;
    const record = writers.map((writer) => largeRecord(writer, is, was)).find((found) => found !== undefined);
    if (record === undefined) return { verdict: 'look', path, why: `${why}; no record is found that is larger` };
    const outcome = `is refused by the broker: it has ${String(sizeOf(record))} bytes, without those of its batch`;
    return { verdict: 'breaking', path, why, record, outcome };
  },
};
