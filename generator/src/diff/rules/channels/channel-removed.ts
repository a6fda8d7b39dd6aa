import type { UseRule } from '../rule.ts';

export const channelRemoved: UseRule = {
  id: 'channel-removed',
  kind: 'use',
  title: 'A channel is removed',
  directions: ['receive', 'send'],
  about: 'Nobody reads any more what clients send there, or readers wait for messages that nobody sends.',
  remedy: 'Keep the channel, mark it as deprecated in its description, and remove it with the next major version.',
  check({ use, before, after }) {
    if (before === undefined || after !== undefined) return undefined;
    const channel = `the channel ${before.contract.key} (${before.contract.address ?? 'no address'})`;
    const [why, outcome] =
      use === 'receive'
        ? [
            `Clients send to ${channel}, which the new version does not have`,
            'is read by nobody: the topic is not part of the new version',
          ]
        : [
            `Readers of ${channel} wait for messages that the new version does not send`,
            'is no longer sent, and readers wait for it',
          ];
    return { verdict: 'breaking', why, outcome };
  },
};
