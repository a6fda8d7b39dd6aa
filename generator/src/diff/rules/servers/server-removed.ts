import { addressOf } from '../../servers.ts';
import type { ServerRule } from '../rule.ts';

export const serverRemoved: ServerRule = {
  id: 'server-removed',
  kind: 'server',
  title: 'A server is removed',
  directions: ['receive', 'send'],
  about: 'Clients connect to brokers that are not part of the contract any more.',
  remedy: 'Keep the server until the next major version.',
  check({ name, before, after }) {
    if (before === undefined || after !== undefined) return undefined;
    const address = addressOf(before);
    return [
      { verdict: 'breaking', why: `The server ${name} (${address}) is removed`, outcome: `is sent to ${address}` },
    ];
  },
};
