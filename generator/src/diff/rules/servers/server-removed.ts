import { addressOf } from '../../servers.ts';
import type { ServerRule } from '../rule.ts';

export const serverRemoved: ServerRule = {
  id: 'server-removed',
  kind: 'server',
  title: 'A server is removed',
  directions: ['receive', 'send'],
  about:
    'Clients connect to brokers that are not part of the contract any more. If the new version names no servers at all, this needs a look.',
  remedy: 'Keep the server until the next major version.',
  check({ name, before, after, newServers }) {
    if (before === undefined || after !== undefined) return undefined;
    const address = addressOf(before);
    if (newServers.length === 0)
      return {
        verdict: 'look',
        why: `The document names no servers any more; it is not known whether ${name} (${address}) is still there`,
      };
    return [
      { verdict: 'breaking', why: `The server ${name} (${address}) is removed`, outcome: `is sent to ${address}` },
    ];
  },
};
