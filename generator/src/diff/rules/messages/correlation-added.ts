import { alwaysHas } from '../../records/located.ts';
import type { SendingRule } from '../rule.ts';

export const correlationAdded: SendingRule = {
  id: 'correlation-added',
  kind: 'sending',
  title: 'A message gets a correlation id',
  directions: ['receive', 'send'],
  about:
    'Nobody reads it yet, so nobody breaks. If the service receives messages that may be without it, this needs a look: no document states whether the service needs it.',
  remedy: 'Received: accept messages without the id.',
  check({ use, writer, before, after }) {
    const [was, is] = [before.message.correlationId, after.message.correlationId];
    if (was !== undefined || is === undefined) return undefined;
    const path = ['correlationId'];
    const why = `${writer.message.component} gets a correlation id at ${is}`;
    if (use === 'send' || alwaysHas(writer, is)) return { verdict: 'safe', path, why };
    return { verdict: 'look', path, why: `${why}; clients of the old version may send none` };
  },
};
