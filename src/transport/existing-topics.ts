import type { Logger } from 'pino';
import { sentence } from '../errors.ts';
import { messageOf, regularly } from '../waiting.ts';
import type { Broker, Consumer, Subscription } from './broker.ts';
import { missingReason } from './topics.ts';

const LOOK_INTERVAL_MS = 2_000;

type Subscribe = Pick<Broker, 'missingTopics' | 'hiddenTopics' | 'subscribe'>;

/**
 * Subscribes to those topics that exist. A client that subscribes to a topic that is missing reads none of the others
 * either: it asks for the metadata of all of them at once. So topics are looked for, and the consumer is replaced when
 * one appears or vanishes.
 */
export function subscribeToExisting(broker: Subscribe, subscription: Subscription, log: Logger): Consumer {
  const stopping = new AbortController();
  const { signal } = stopping;
  let current: Consumer | undefined;
  let topics: readonly string[] = [];
  let missingBefore: readonly string[] | undefined;
  /** Topics that were missing, with what has to end before they are read again. */
  const vanished = new Map<string, Promise<void>>();

  async function look(): Promise<void> {
    const missing = await broker.missingTopics(subscription.topics);
    // A broker that has just started may not know all topics yet: one that was there is looked for twice.
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
        sentence('TOPICS_CHANGED', 'Topics have appeared or vanished'),
      );
    }
    topics = existing;
    await current?.stop();
    current = undefined;
    if (existing.length === 0 || signal.aborted) return;
    current = await broker.subscribe({ ...subscription, topics: existing });
  }

  const watching = regularly(LOOK_INTERVAL_MS, signal, async () => {
    try {
      await look();
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'failed to look for topics');
    }
  });

  return {
    pause: (partition) => current?.pause(partition),
    resume: (partition) => current?.resume(partition),
    seek: (partition, offset) => current?.seek(partition, offset),
    commit: (offsets) => current?.commit(offsets) ?? Promise.reject(new Error('none of its topics exists')),
    async stop() {
      stopping.abort();
      await watching;
      await current?.stop();
    },
  };
}
