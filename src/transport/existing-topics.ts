import type { Logger } from 'pino';
import { sentence } from '../errors.ts';
import { messageOf, regularly } from '../waiting.ts';
import type { Broker, GroupMembership, Subscription } from './broker.ts';
import { missingReason } from './topics.ts';

const CHECK_INTERVAL_MS = 2_000;

/**
 * The membership while no consumer is subscribed. A pause, resume or seek needs nothing of it: when the next consumer joins, all
 * its partitions are paused, and the listener sets where each of them is read on.
 */
const NO_MEMBERSHIP: GroupMembership = {
  pause: () => undefined,
  resume: () => undefined,
  seek: () => undefined,
  commit: () => Promise.reject(new Error('none of the topics exists')),
  stop: () => Promise.resolve(),
};

type Subscribe = Pick<Broker, 'missingTopics' | 'hiddenTopics' | 'subscribe'>;

/**
 * Subscribes to the topics that exist. A client that subscribes to a missing topic reads none of the others either: it
 * requests the metadata of all of them at once. So this checks regularly which topics exist, and replaces the consumer if that
 * changes.
 */
export function subscribeToExisting(broker: Subscribe, subscription: Subscription, log: Logger): GroupMembership {
  const stopping = new AbortController();
  const { signal } = stopping;
  let current = NO_MEMBERSHIP;
  let topics: readonly string[] = [];
  let missingBefore: readonly string[] | undefined;
  /** Missing topics, each with the work that must end before the topic is read again. */
  const vanished = new Map<string, Promise<void>>();

  async function check(): Promise<void> {
    const missing = await broker.missingTopics(subscription.topics);
    // A broker that has just started may not know all topics yet: a topic counts as missing after two checks.
    const isMissing = (topic: string) =>
      missing.includes(topic) && (missingBefore === undefined || missingBefore.includes(topic));
    const existing = subscription.topics.filter((topic) => !isMissing(topic));
    missingBefore = missing;
    for (const topic of missing.filter(isMissing)) {
      if (!vanished.has(topic)) vanished.set(topic, subscription.vanished?.(topic) ?? Promise.resolve());
    }
    if (existing.length === 0) subscription.health(await missingReason(broker, missing, 'None of its topics exists'));
    if (existing.join() === topics.join()) return;
    const appeared = existing.filter((topic) => vanished.has(topic));
    for (const topic of appeared) {
      await vanished.get(topic);
      vanished.delete(topic);
    }
    await replace(existing);
  }

  async function replace(existing: readonly string[]): Promise<void> {
    if (topics.length > 0) {
      log.warn(
        { consumerGroup: subscription.groupId, before: topics, now: existing },
        sentence('TOPICS_CHANGED', 'Topics were created or deleted'),
      );
    }
    topics = existing;
    await current.stop();
    current = NO_MEMBERSHIP;
    if (existing.length === 0 || signal.aborted) return;
    current = await broker.subscribe({ ...subscription, topics: existing });
  }

  const watching = regularly(CHECK_INTERVAL_MS, signal, async () => {
    try {
      await check();
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'failed to check topics');
    }
  });

  return {
    pause(partition) {
      current.pause(partition);
    },
    resume(partition) {
      current.resume(partition);
    },
    seek(partition, offset) {
      current.seek(partition, offset);
    },
    commit: (offsets) => current.commit(offsets),
    async stop() {
      stopping.abort();
      await watching;
      await current.stop();
    },
  };
}
