import { addressesOf, addressOf, hasAddress } from '../../servers.ts';
import type { ChannelRule } from '../rule.ts';

export const channelServersChanged: ChannelRule = {
  id: 'channel-servers-changed',
  kind: 'channel',
  title: 'A channel is on other servers',
  directions: ['receive', 'send'],
  about:
    'One side uses a broker on which the other one does not have the channel. Without `servers` it is on all of them.',
  remedy: 'Keep the channel on its servers.',
  check({ before, servers }) {
    const lost = servers.before
      .flatMap((server) => addressesOf(server) ?? [addressOf(server)])
      .find((address) => !servers.after.some((server) => hasAddress(server, address)));
    // Another rule finds a server that is removed.
    if (lost === undefined || !servers.all.some((server) => hasAddress(server, lost))) return undefined;
    return {
      verdict: 'breaking',
      path: ['servers'],
      why: `The channel ${before.contract.key} is no longer on ${lost}`,
      outcome: `is on ${lost}, and the other side is not there`,
    };
  },
};
