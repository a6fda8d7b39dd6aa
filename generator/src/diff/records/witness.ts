/** Records in words. */
import type { Witness } from '../findings.ts';
import { sampleTopic } from '../topics.ts';
import type { Read, WireRecord } from '../wire/reader.ts';
import { valueAt } from './located.ts';
import type { Side } from './side.ts';

/** Returns a record as people read it. */
export function witnessOf(writer: Side, record: WireRecord, outcome: string, topic?: string): Witness {
  const { contract } = writer.channel;
  const text = record.value.toString();
  const address = topic ?? contract.address;
  return {
    topic: address && sampleTopic(writer.channel, address, (location) => valueAt(writer, record, location)),
    key: record.key === null ? null : shown(record.key),
    headers: Object.fromEntries(Object.entries(record.headers).map(([name, bytes]) => [name, shown(bytes)])),
    payload: contract.format === 'json' ? (JSON.parse(text) as unknown) : text,
    outcome,
  };
}

/** Returns text as it is, and other bytes in hexadecimal notation. */
export function shown(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  const isPrintable = !/[\u0000-\u0008\u000b-\u001f\ufffd]/.test(text);
  return isPrintable ? text : `0x${bytes.toString('hex')}`;
}

/** Returns what a reader does with a record, in words. */
export function outcomeOf(read: Read): string {
  switch (read.kind) {
    case 'message':
      return `is read as ${read.message.component}`;
    case 'skip':
      return `is skipped: the type ${read.type} is not known`;
    case 'invalid':
      return `is refused (${read.code}): ${read.pointer === '' ? 'the value' : read.pointer} ${read.sentence}`;
  }
}
