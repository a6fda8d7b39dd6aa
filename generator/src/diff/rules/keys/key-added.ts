import { recordOf } from '../../records/record.ts';
import type { KeyRule } from '../rule.ts';
import { mayBeRefused } from '../sentences.ts';

export const keyAdded: KeyRule = {
  id: 'key-added',
  kind: 'key',
  title: 'Records need a key',
  directions: ['receive', 'send'],
  about:
    'Received: clients send records without one. They are spread over the partitions, out of order. Sent: readers may ignore it.',
  remedy: 'Received: accept records without a key until the next major version.',
  check(question) {
    const { use, writer, before, after } = question;
    if (before !== undefined || after === undefined) return undefined;
    if (use === 'send') return { verdict: 'safe', why: `Readers of ${writer.message.component} ignore its key` };
    const why = `${mayBeRefused(question)}: it has no key, and the reader expects one`;
    const outcome = 'has no key, and the reader expects one';
    return { verdict: 'breaking', why, outcome, record: recordOf(writer, { key: null }) };
  },
};
