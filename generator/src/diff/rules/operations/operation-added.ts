import { states } from '../../service.ts';
import type { UseRule } from '../rule.ts';

export const operationAdded: UseRule = {
  id: 'operation-added',
  kind: 'use',
  title: 'The service receives or sends on a channel that it used otherwise',
  directions: ['receive', 'send'],
  about: 'Nobody relies on it yet, so nobody breaks.',
  remedy: 'Nothing to do.',
  check({ use, before, after }) {
    if (before === undefined || after === undefined) return undefined;
    if (!states(after, use) || before.uses[use] !== undefined) return undefined;
    const verb = use === 'receive' ? 'receives' : 'sends';
    return { verdict: 'safe', why: `The service now ${verb} on ${after.contract.key}` };
  },
};
