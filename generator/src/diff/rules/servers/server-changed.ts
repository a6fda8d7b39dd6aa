import type { Path } from '../../../pointer.ts';
import { addressOf, brokersIn, namesAddress, variablesOf } from '../../servers.ts';
import type { Server } from '../../servers.ts';
import type { ServerRule } from '../rule.ts';

export const serverChanged: ServerRule = {
  id: 'server-changed',
  kind: 'server',
  title: 'A server has another address or protocol',
  directions: ['receive', 'send'],
  about:
    'Clients connect to the old address. The defaults of its variables are part of it, unless the new version lists them too. Of a host that is a list of brokers, one is enough for a client that has the whole list: if some of them are removed, this needs a look.',
  remedy: 'Keep the old address, and add a server.',
  check({ name, before, after, newServers }) {
    if (before === undefined || after === undefined) return undefined;
    const [was, is] = [addressOf(before), addressOf(after)];
    const brokers = brokersIn(was);
    const lost = brokers.filter((broker) => !newServers.some((server) => namesAddress(server, broker)));
    if (lost.length === 0) return undefined;
    const path = differenceOf(before, after);
    if (lost.length < brokers.length) {
      const why = `The server ${name} is no longer at ${lost.join(', ')}; it is not known whether clients have the other addresses too`;
      return { verdict: 'look', path, why };
    }
    return {
      verdict: 'breaking',
      path,
      why: `The server ${name} was at ${was} and is at ${is}`,
      outcome: `is sent to ${was}`,
    };
  },
};

/** Returns the keys that lead to what is another. */
function differenceOf(before: Server, after: Server): Path {
  if (before.protocol !== after.protocol) return ['protocol'];
  if (before.host !== after.host) return ['host'];
  if (before.pathname !== after.pathname) return ['pathname'];
  const changed = variablesOf(after).find(([name, { default: value }]) => value !== before.variables?.[name]?.default);
  return changed === undefined ? ['host'] : ['variables', changed[0], 'default'];
}
