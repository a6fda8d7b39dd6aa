import { sentence } from '../errors.ts';
import { regularly } from '../waiting.ts';
import type { Broker } from './broker.ts';

const LOOK_INTERVAL_MS = 2_000;

export interface WatchTopicsOptions {
  readonly broker: Pick<Broker, 'missingTopics'>;
  readonly topics: readonly string[];
  /** Takes which topics are missing, or undefined if all are there. */
  health(reason: string | undefined, cause?: unknown): void;
}

/**
 * Looks regularly whether all topics exist. Nothing else waits for that: each topic is used as soon as it is there.
 *
 * @returns how to end it; a look that still waits is not waited for.
 */
export function watchTopics({ broker, topics, health }: WatchTopicsOptions): () => void {
  const stopping = new AbortController();
  void regularly(LOOK_INTERVAL_MS, stopping.signal, async () => {
    try {
      const missing = await broker.missingTopics(topics);
      health(
        missing.length === 0 ? undefined : sentence('TOPICS_MISSING', `Topics are missing: ${missing.join(', ')}`),
      );
    } catch (error) {
      health(sentence('BROKER_UNREACHABLE', 'The topics cannot be looked at'), error);
    }
  });
  return () => {
    stopping.abort();
  };
}
