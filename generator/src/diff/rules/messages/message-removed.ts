import { outcomeOf } from '../../records/witness.ts';
import type { LoneMessageRule } from '../rule.ts';

export const messageRemoved: LoneMessageRule = {
  id: 'message-removed',
  kind: 'lone message',
  title: 'A message is removed',
  directions: ['receive', 'send'],
  about: 'Clients still send it and the service does not handle it, or readers wait for it and nobody sends it.',
  remedy: 'Keep the message, mark it as deprecated, and remove it with the next major version.',
  check({ use, version, writer, record, reader, isKnown, isHandled }) {
    if (version !== 'old') return [];
    const { component } = writer.message;
    if (use === 'send') {
      const why = `Readers wait for ${component}, which the new version does not send`;
      return { verdict: 'breaking', why, outcome: 'is no longer sent, and readers wait for it' };
    }
    const read = reader.read(record);
    const isIgnored = read.kind === 'message' ? !isHandled(read.message) : isKnown;
    const outcome = isIgnored ? 'is handled by no operation' : outcomeOf(read);
    return [
      { verdict: 'breaking', why: `Clients send ${component}, which the new version does not handle`, record, outcome },
    ];
  },
};
