import { sentence } from '../errors.ts';
import { regularly } from '../waiting.ts';
import type { Broker } from './broker.ts';

const LOOK_INTERVAL_MS = 2_000;
/** Without an answer for so long the broker is said not to answer; kafkajs goes on trying for half a minute. */
const MAX_ANSWER_MS = 5_000;

export interface WatchTopicsOptions {
  readonly broker: Pick<Broker, 'missingTopics'>;
  readonly topics: readonly string[];
  /** Takes which topics are missing, or that the broker does not answer; undefined if all is well. */
  health(reason: string | undefined, cause?: unknown): void;
}

/**
 * Looks regularly whether the broker answers and all topics exist. Nothing else waits for that: each topic is used as soon as
 * it is there.
 *
 * @returns how to end it; a look that still waits is not waited for.
 */
export function watchTopics({ broker, topics, health }: WatchTopicsOptions): () => void {
  const stopping = new AbortController();
  void regularly(LOOK_INTERVAL_MS, stopping.signal, async () => {
    const late = setTimeout(() => {
      health(sentence('BROKER_UNREACHABLE', 'The broker does not answer'));
    }, MAX_ANSWER_MS).unref();
    try {
      const missing = await broker.missingTopics(topics);
      health(
        missing.length === 0 ? undefined : sentence('TOPICS_MISSING', `Topics are missing: ${missing.join(', ')}`),
      );
    } catch (error) {
      health(sentence('BROKER_UNREACHABLE', 'The topics cannot be looked at'), error);
    } finally {
      clearTimeout(late);
    }
  });
  return () => {
    stopping.abort();
  };
}
