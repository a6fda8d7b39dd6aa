import type { SendingRule } from '../rule.ts';

export const correlationAdded: SendingRule = {
  id: 'correlation-added',
  kind: 'sending',
  title: 'A message gets a correlation id',
  directions: ['receive', 'send'],
  about: 'Nobody reads it yet, so nobody breaks.',
  remedy: 'Nothing to do.',
  check({ writer, before, after }) {
    const [was, is] = [before.message.correlationId, after.message.correlationId];
    if (was !== undefined || is === undefined) return undefined;
    const why = `${writer.message.component} gets a correlation id at ${is}`;
    return { verdict: 'safe', path: ['correlationId'], why };
  },
};
