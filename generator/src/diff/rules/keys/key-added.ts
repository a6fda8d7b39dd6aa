import { recordOf } from '../../records/record.ts';
import { linked } from '../../schema/linked.ts';
import { isValid } from '../../schema/valid.ts';
import { schemaOf } from '../../../schemas.ts';
import type { KeyRule } from '../rule.ts';
import { mayBeRefused } from '../sentences.ts';

export const keyAdded: KeyRule = {
  id: 'key-added',
  kind: 'key',
  title: 'Records need a key',
  directions: ['receive', 'send'],
  about:
    'Received: clients send records without one. They are spread over the partitions, out of order. If the schema of the key allows null, the service accepts them. Sent: readers may ignore it.',
  remedy: 'Received: accept records without a key until the next major version.',
  check(question) {
    const { use, writer, before, after } = question;
    if (before !== undefined || after === undefined) return undefined;
    if (use === 'send') return { verdict: 'safe', why: `Readers of ${writer.message.component} ignore its key` };
    if (isValid(linked(schemaOf(after.schema, { isClosed: false })), null))
      return {
        verdict: 'safe',
        why: `The key of ${writer.message.component} may be null: a record without a key is accepted`,
      };
    const why = `${mayBeRefused(question)}: it has no key, and the reader expects one`;
    const outcome = 'has no key, and the reader expects one';
    return { verdict: 'breaking', why, outcome, record: recordOf(writer, { key: null }) };
  },
};
