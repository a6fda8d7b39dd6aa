import { recordHaving } from '../../records/located.ts';
import type { SendingRule } from '../rule.ts';

export const correlationChanged: SendingRule = {
  id: 'correlation-changed',
  kind: 'sending',
  title: 'The correlation id is elsewhere',
  directions: ['receive', 'send'],
  about: 'The other side looks for it in the old location: replies no longer find their requests.',
  remedy: 'Send the id in both locations, and keep the old one in the contract.',
  check({ writer, reader, before, after }) {
    const [was, is = 'no location'] = [before.message.correlationId, after.message.correlationId];
    if (was === undefined || was === is) return undefined;
    const { correlationId: sent, component } = writer.message;
    const { correlationId: expected = 'no location' } = reader.message;
    return {
      verdict: 'breaking',
      path: ['correlationId'],
      why: `The correlation id of ${component} was at ${was} and is at ${is}`,
      ...(sent !== undefined && { record: recordHaving(writer, sent) }),
      outcome: `has its correlation id at ${sent ?? 'no location'}; the reader expects it at ${expected}`,
    };
  },
};
