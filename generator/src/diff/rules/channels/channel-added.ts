import { usesOf } from '../../service.ts';
import type { UseRule } from '../rule.ts';

export const channelAdded: UseRule = {
  id: 'channel-added',
  kind: 'use',
  title: 'A channel is added',
  directions: ['receive', 'send'],
  about: 'Nobody uses it yet, so nobody breaks.',
  remedy: 'Nothing to do.',
  check({ use, before, after }) {
    // A channel that is used both ways is found once.
    if (after === undefined || before !== undefined || use !== usesOf(after)[0]) return undefined;
    return { verdict: 'safe', why: `The channel ${after.contract.key} is new` };
  },
};
