import { partitionKey } from '../keys.ts';
import type { Logger } from '../log.ts';
import { readOffsets } from '../store/tables/consumer-offset.ts';
import type { StoredOffset } from '../store/tables/consumer-offset.ts';
import { Backoff, messageOf } from '../waiting.ts';
import type { StartContext } from './start.ts';

/**
 * Tracks topics that did not exist for a while. When a topic exists again, an offset row with a timestamp is compared with the
 * log. A row without one (an operator set it) cannot be compared. It is not used until an operator changes it: the log may be a
 * new one, and its first records would be skipped.
 */
export class MissingTopics {
  readonly #context: Pick<StartContext, 'database' | 'group'>;
  readonly #stop: AbortSignal;
  readonly #log: Logger;
  /** The next offset of rows without a timestamp, by partition, as they were when their topic was missing. */
  readonly #unverifiable = new Map<string, bigint>();

  constructor(context: Pick<StartContext, 'database' | 'group'>, stop: AbortSignal, log: Logger) {
    this.#context = context;
    this.#stop = stop;
    this.#log = log;
  }

  /** Notes which rows cannot be compared with the log once the topic exists again; tries until they can be read. */
  async note(topic: string): Promise<void> {
    const { database, group } = this.#context;
    const backoff = new Backoff();
    while (!this.#stop.aborted) {
      try {
        const rows = await readOffsets(database, group);
        for (const row of rows) {
          if (row.topic !== topic || row.next === 0n || row.lastTimestamp !== null) continue;
          this.#unverifiable.set(partitionKey(row), row.next);
        }
        return;
      } catch (error) {
        this.#log.debug({ topic, error: messageOf(error) }, 'failed to read the offset rows of a missing topic');
        await backoff.wait(this.#stop);
      }
    }
  }

  /** Whether this row is older than the time without its topic, and cannot be compared with the log. */
  isUnverifiable(row: StoredOffset): boolean {
    return row.lastTimestamp === null && this.#unverifiable.get(partitionKey(row)) === row.next;
  }
}
