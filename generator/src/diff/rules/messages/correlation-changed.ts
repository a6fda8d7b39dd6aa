import { recordHaving } from '../../records/located.ts';
import type { SendingRule } from '../rule.ts';

export const correlationChanged: SendingRule = {
  id: 'correlation-changed',
  kind: 'sending',
  title: 'The correlation id is elsewhere',
  directions: ['receive', 'send'],
  about:
    'The other side looks for it in the old location: replies no longer find their requests. If a message that is received no longer has one, this needs a look: nobody knows whether answers still have it.',
  remedy: 'Send the id in both locations, and keep the old one in the contract.',
  check({ use, writer, reader, before, after }) {
    const [was, is = 'no location'] = [before.message.correlationId, after.message.correlationId];
    if (was === undefined || was === is) return undefined;
    const { correlationId: sent, component } = writer.message;
    const path = ['correlationId'];
    if (use === 'receive' && after.message.correlationId === undefined) {
      const why = `The service no longer reads the correlation id of ${component} at ${was}; it is not known whether its answers still have it`;
      return { verdict: 'look', path, why };
    }
    const { correlationId: expected = 'no location' } = reader.message;
    return {
      verdict: 'breaking',
      path,
      why: `The correlation id of ${component} was at ${was} and is at ${is}`,
      ...(sent !== undefined && { record: recordHaving(writer, sent) }),
      outcome: `has its correlation id at ${sent ?? 'no location'}; the reader expects it at ${expected}`,
    };
  },
};
