import { recordOf } from '../../records/record.ts';
import type { KeyRule } from '../rule.ts';
import { mayBeRefused } from '../sentences.ts';

export const keyRemoved: KeyRule = {
  id: 'key-removed',
  kind: 'key',
  title: 'Records have no key any more',
  directions: ['receive', 'send'],
  about: 'Sent: records of one key are spread over the partitions, so readers get them out of order.',
  remedy: 'Keep the key.',
  check(question) {
    const { use, writer, before, after } = question;
    if (before === undefined || after !== undefined) return undefined;
    if (use === 'receive') return { verdict: 'safe', why: `Readers of ${writer.message.component} ignore its key` };
    const why = `${mayBeRefused(question)}: it has no key, and the reader expects one`;
    const outcome = 'has no key, and the reader expects one';
    return { verdict: 'breaking', why, outcome, record: recordOf(writer, { key: null }) };
  },
};
