import { outcomeOf } from '../../records/witness.ts';
import type { LoneMessageRule } from '../rule.ts';
import { mayBeRefused } from '../sentences.ts';

export const messageAdded: LoneMessageRule = {
  id: 'message-added',
  kind: 'lone message',
  title: 'A message is added',
  directions: ['receive', 'send'],
  about:
    'Readers skip types that they do not know. A reader that cannot distinguish messages, or that is declared as strict, refuses them. If only payloads distinguish the messages, this needs a look: generated clients read all messages of a channel and skip what fits none of them, and others may not.',
  remedy: 'If existing readers refuse it, send it on a channel of its own.',
  check(question) {
    const { use, version, writer, record, reader, isKnown, isStrictOnly } = question;
    if (version !== 'new') return undefined;
    const { component } = writer.message;
    if (use === 'receive') return { verdict: 'safe', why: `The service also receives ${component}` };
    const read = reader.read(record);
    if (read.kind === 'invalid' && writer.decoder.read(record).kind === 'message') {
      const why = `${mayBeRefused(question)}: they do not know this message`;
      return { verdict: 'breaking', why, outcome: outcomeOf(read), record };
    }
    if (isStrictOnly === true) return undefined;
    if (reader.channel.apart.by === 'trial' && (read.kind === 'skip' || isKnown)) {
      const why = `The service also sends ${component}, which only its payload distinguishes; it is not known whether all readers skip it`;
      return { verdict: 'look', why };
    }
    return { verdict: 'safe', why: `The service also sends ${component}` };
  },
};
