import { sentence } from '../errors.ts';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import type { Database } from '../store/database.ts';
import { backlogOf, countParked } from '../store/outbox.ts';
import { messageOf, regularly } from '../waiting.ts';

/** Milliseconds between two looks. */
const LOOK_EVERY = 1_000;

export interface BacklogOptions {
  readonly database: Database;
  /** The channels that are sent, by the contract's names of them. */
  readonly channels: readonly string[];
  /** The topic of a channel. */
  topicOf(channel: string): string;
  /** Records of one channel that may wait for the broker, whoever committed them. */
  readonly mostRows: number;
  /** Milliseconds that one of them may wait. */
  readonly mostAge: number;
  /** Streams of a channel that wait for another session, not for the broker. */
  heldStreams(channel: string): readonly string[];
  /** Takes why nothing more may be committed for a channel, or undefined when it may for all. */
  health(reason: string | undefined, cause?: unknown): void;
  readonly log: Logger;
}

/**
 * How much is committed and has not left, by channel. Beyond a bound nothing more may be committed for that channel: whoever
 * would consume or create waits or refuses, so that an outage of the broker does not fill the database.
 */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #stopping = new AbortController();
  /** Why nothing more may be committed, by channel. What was not looked at counts as full. */
  readonly #full: Map<string, string>;
  #done: Promise<void> | undefined;

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#full = new Map(options.channels.map((channel) => [channel, 'The outbox was not looked at yet']));
  }

  /** Why nothing more may be committed for a channel now; undefined where it may. */
  full(channel: string): string | undefined {
    return this.#full.get(channel);
  }

  start(): void {
    this.#done = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  #watch(): Promise<void> {
    const { database, channels, health, log } = this.#options;
    return regularly(LOOK_EVERY, this.#stopping.signal, async () => {
      try {
        for (const channel of channels) await this.#look(channel);
        metrics.outboxParkedRows.set(await countParked(database));
        const full = [...this.#full.values()];
        health(full.length === 0 ? undefined : sentence('OUTBOX_FULL', full.join('; ')));
      } catch (error) {
        // How much waits is not known. An old answer may be wrong by any number.
        const what = 'The outbox cannot be looked at';
        for (const channel of channels) this.#full.set(channel, what);
        log.debug({ error: messageOf(error) }, 'could not look at the outbox');
        health(sentence('OUTBOX_UNREADABLE', what), error);
      }
    });
  }

  async #look(channel: string): Promise<void> {
    const { database, topicOf, mostRows, mostAge, heldStreams } = this.#options;
    const { rows, age } = await backlogOf(database, { channel, floor: 0n }, mostRows, heldStreams(channel));
    metrics.outboxRows.set({ channel }, rows);
    metrics.outboxAge.set({ channel }, age / 1_000);
    const seconds = Math.round(age / 1_000);
    const what = `${String(rows)} events wait for topic ${topicOf(channel)}, the oldest for ${String(seconds)} s`;
    if (rows >= mostRows || age > mostAge) this.#full.set(channel, what);
    else this.#full.delete(channel);
  }
}
