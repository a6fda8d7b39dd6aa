/** The membership of a group none of whose topics exists. */
import { expect, it } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import type { Broker, Subscription } from '../../src/transport/broker.ts';
import { subscribeToExisting } from '../../src/transport/existing-topics.ts';

it('reads nothing and commits nothing while no topic exists', async () => {
  let subscriptions = 0;
  const broker: Pick<Broker, 'missingTopics' | 'hiddenTopics' | 'subscribe'> = {
    missingTopics: (names) => Promise.resolve([...names]),
    hiddenTopics: () => Promise.resolve([]),
    subscribe() {
      subscriptions += 1;
      return Promise.reject(new Error('nothing must be subscribed'));
    },
  };
  const subscription: Subscription = {
    groupId: 'group',
    topics: ['t'],
    from: 'earliest',
    assigned: () => Promise.resolve(),
    rebalancing: () => undefined,
    fetched: () => undefined,
    health: () => undefined,
  };
  const membership = subscribeToExisting(broker, subscription, createLog('silent'));
  const partition = { topic: 't', partition: 0 };
  expect(() => {
    membership.pause(partition);
    membership.resume(partition);
    membership.seek(partition, 1n);
  }).not.toThrow();
  await expect(membership.commit([])).rejects.toThrow('none of the topics exists');
  await membership.stop();
  expect(subscriptions).toBe(0);
});
