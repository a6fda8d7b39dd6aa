import type { ServerRule } from '../rule.ts';

export const serverAdded: ServerRule = {
  id: 'server-added',
  kind: 'server',
  title: 'A server is added',
  directions: ['receive', 'send'],
  about: 'Nobody uses it yet, so nobody breaks.',
  remedy: 'Nothing to do.',
  check({ name, before }) {
    return before === undefined ? { verdict: 'safe', why: `The server ${name} is new` } : undefined;
  },
};
