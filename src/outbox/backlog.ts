import { sentence } from '../errors.ts';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import { failureOf } from '../store/database-error.ts';
import type { Database } from '../store/database.ts';
import { OutboxFloor } from '../store/tables/outbox-floor.ts';
import { backlogOf, countParked } from '../store/tables/outbox.ts';
import { messageOf, regularly } from '../waiting.ts';

/** Milliseconds between two looks. */
const LOOK_EVERY = 1_000;
const LOOK_BELOW_EVERY = 60_000;

export interface BacklogOptions {
  readonly database: Database;
  /** The channels that are sent, by the contract's names of them. */
  readonly channels: readonly string[];
  /** The topic of a channel. */
  topicOf(channel: string): string;
  /** Records of one channel that may wait for the broker, whoever committed them. */
  readonly maxRows: number;
  /** Milliseconds that one of them may wait. */
  readonly maxAgeMs: number;
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
  readonly #floor = new OutboxFloor();
  /** By channel. */
  readonly #floors = new Map<string, bigint>();
  #lookedBelowAt = performance.now();
  #done: Promise<void> | undefined;

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#full = new Map(options.channels.map((channel) => [channel, 'The outbox was not looked at yet']));
  }

  /** Why nothing more may be committed for a channel now; undefined where it may. */
  full(channel: string): string | undefined {
    return this.#full.get(channel);
  }

  /**
   * An id below which no record of a channel waits, nor ever will: whoever looks from there on passes none of the dead rows
   * that pile up while somebody holds a snapshot open.
   */
  floorOf(channel: string): bigint {
    return this.#floors.get(channel) ?? 0n;
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
        if (performance.now() - this.#lookedBelowAt > LOOK_BELOW_EVERY) await this.#lookBelow();
        const settled = await this.#floor.look(database);
        for (const channel of channels) await this.#look(channel, settled);
        metrics.outboxParkedRows.set(await countParked(database));
        const full = [...this.#full.values()];
        health(full.length === 0 ? undefined : sentence('OUTBOX_FULL', full.join('; ')));
      } catch (error) {
        // How much waits is not known. An old answer may be wrong by any number.
        const what = 'The outbox cannot be looked at';
        for (const channel of channels) this.#full.set(channel, what);
        log.debug({ error: messageOf(error) }, 'could not look at the outbox');
        health(...failureOf('OUTBOX_UNREADABLE', what, error));
      }
    });
  }

  /**
   * Ids rise, unless somebody restores an older state of the database under a running service, or changes rows by hand: then
   * there may be rows below a floor, and they must not be passed over for ever.
   */
  async #lookBelow(): Promise<void> {
    const { database, channels, log } = this.#options;
    this.#lookedBelowAt = performance.now();
    try {
      for (const channel of channels) {
        const { lowest } = await backlogOf(database, { channel, floor: 0n }, 1, []);
        if (lowest !== undefined && lowest < this.floorOf(channel)) this.#floors.set(channel, lowest);
      }
    } catch (error) {
      // Too many dead rows lie there, perhaps.
      log.debug({ error: messageOf(error) }, 'could not look below the floor of the outbox');
    }
  }

  /** @param settled an id below which nobody adds rows any more. */
  async #look(channel: string, settled: bigint | undefined): Promise<void> {
    const { database, topicOf, maxRows, maxAgeMs, heldStreams } = this.#options;
    const pending = { channel, floor: this.floorOf(channel) };
    const { rows, lowest, age } = await backlogOf(database, pending, maxRows, heldStreams(channel));
    if (settled !== undefined) this.#floors.set(channel, lowest === undefined || lowest > settled ? settled : lowest);
    metrics.outboxRows.set({ channel }, rows);
    metrics.outboxAge.set({ channel }, age / 1_000);
    const seconds = Math.round(age / 1_000);
    const what = `${String(rows)} events wait for topic ${topicOf(channel)}, the oldest for ${String(seconds)} s`;
    if (rows >= maxRows || age > maxAgeMs) this.#full.set(channel, what);
    else this.#full.delete(channel);
  }
}
