import { outcomeOf } from '../../records/witness.ts';
import type { LoneMessageRule } from '../rule.ts';
import { mayBeRefused } from '../sentences.ts';

export const messageAdded: LoneMessageRule = {
  id: 'message-added',
  kind: 'lone message',
  title: 'A message is added',
  directions: ['receive', 'send'],
  about:
    'Readers skip types that they do not know. A reader that cannot distinguish messages, or that is declared as strict, refuses them.',
  remedy: 'If existing readers refuse it, send it on a channel of its own.',
  check(question) {
    const { use, version, writer, record, reader, isStrictOnly } = question;
    if (version !== 'new') return undefined;
    const { component } = writer.message;
    if (use === 'receive') return { verdict: 'safe', why: `The service also receives ${component}` };
    const read = reader.read(record);
    if (read.kind === 'invalid' && writer.decoder.read(record).kind === 'message') {
      const why = `${mayBeRefused(question)}: they do not know this message`;
      return { verdict: 'breaking', why, outcome: outcomeOf(read), record };
    }
    return isStrictOnly === true ? undefined : { verdict: 'safe', why: `The service also sends ${component}` };
  },
};
