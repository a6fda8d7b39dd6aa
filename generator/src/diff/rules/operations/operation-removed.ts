import { states } from '../../service.ts';
import type { UseRule } from '../rule.ts';

export const operationRemoved: UseRule = {
  id: 'operation-removed',
  kind: 'use',
  title: 'The service no longer receives or sends on a channel',
  directions: ['receive', 'send'],
  about: 'Clients still send there, or wait for messages there.',
  remedy: 'Keep the operation until the next major version.',
  check({ use, before, after, operation }) {
    if (before === undefined || after === undefined || !states(before, use) || states(after, use)) return undefined;
    const { key, address = 'no address' } = before.contract;
    const name = `the channel ${key} (${address})`;
    const [why, outcome] =
      use === 'receive'
        ? [`The service no longer receives on ${name}, and clients send there`, 'is read by nobody']
        : [`The service no longer sends on ${name}, and readers wait there`, 'is no longer sent'];
    const path = operation === undefined ? before.path : ['operations', operation.id];
    return { verdict: 'breaking', location: { version: 'old', path }, why, outcome };
  },
};
