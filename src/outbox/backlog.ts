import { sentence } from '../errors.ts';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import { failureOf } from '../store/database-error.ts';
import type { Database } from '../store/database.ts';
import { OutboxFloor } from '../store/tables/outbox-floor.ts';
import { backlogOf, countParked } from '../store/tables/outbox.ts';
import { messageOf, regularly } from '../waiting.ts';

const MEASURE_INTERVAL_MS = 1_000;
/** Rows below the floor of a channel are looked for this often. */
const FLOOR_CHECK_INTERVAL_MS = 60_000;

export interface BacklogOptions {
  readonly database: Database;
  /** The channels that are sent, by the contract's names of them. */
  readonly channels: readonly string[];
  /** The topic of a channel. */
  topicOf(channel: string): string;
  /** How many records of one channel may be pending, those of other instances included. */
  readonly maxRows: number;
  /** How long one of them may be pending. */
  readonly maxAgeMs: number;
  /** Streams of a channel that wait for another session, not for the broker. */
  heldStreams(channel: string): readonly string[];
  /** Takes why nothing more may be committed for a channel, or undefined when it may for all. */
  health(reason: string | undefined, cause?: unknown): void;
  readonly log: Logger;
}

/**
 * Measures how many records are committed and not sent, by channel. Beyond a limit nothing more may be committed for that channel:
 * consumers wait and HTTP writes are refused, so that an outage of the broker does not fill the database.
 */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #stopping = new AbortController();
  /** Why nothing more may be committed, by channel. A channel that was not measured counts as full. */
  readonly #full: Map<string, string>;
  readonly #floor = new OutboxFloor();
  /** By channel. */
  readonly #floors = new Map<string, bigint>();
  #floorsCheckedAt = performance.now();
  #done: Promise<void> | undefined;

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#full = new Map(options.channels.map((channel) => [channel, 'The outbox was not measured yet']));
  }

  /** Returns why nothing more may be committed for a channel now; undefined if more may. */
  fullReason(channel: string): string | undefined {
    return this.#full.get(channel);
  }

  /**
   * Returns an id below which a channel has no pending record, nor ever will have. A query that begins there skips the dead
   * rows that accumulate while a database session holds a snapshot open.
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
    return regularly(MEASURE_INTERVAL_MS, this.#stopping.signal, async () => {
      try {
        if (performance.now() - this.#floorsCheckedAt > FLOOR_CHECK_INTERVAL_MS) await this.#checkFloors();
        const settled = await this.#floor.look(database);
        for (const channel of channels) await this.#measure(channel, settled);
        metrics.outboxParkedRows.set(await countParked(database));
        const full = [...this.#full.values()];
        health(full.length === 0 ? undefined : sentence('OUTBOX_FULL', full.join('; ')));
      } catch (error) {
        // How much is pending is unknown now: the last measurement may be wrong by any number.
        const what = 'Failed to measure the outbox';
        for (const channel of channels) this.#full.set(channel, what);
        log.debug({ error: messageOf(error) }, 'failed to measure the outbox');
        health(...failureOf('OUTBOX_UNREADABLE', what, error));
      }
    });
  }

  /**
   * Lowers the floors below rows that are under them. Ids rise, unless an older state of the database is restored under a
   * running service, or rows are changed by hand: such rows must not be skipped for ever.
   */
  async #checkFloors(): Promise<void> {
    const { database, channels, log } = this.#options;
    this.#floorsCheckedAt = performance.now();
    try {
      for (const channel of channels) {
        const { lowest } = await backlogOf(database, { channel, floor: 0n }, 1, []);
        if (lowest !== undefined && lowest < this.floorOf(channel)) this.#floors.set(channel, lowest);
      }
    } catch (error) {
      // There may be too many dead rows.
      log.debug({ error: messageOf(error) }, 'failed to check the floors of the outbox');
    }
  }

  /** @param settled an id below which no transaction adds rows any more. */
  async #measure(channel: string, settled: bigint | undefined): Promise<void> {
    const { database, topicOf, maxRows, maxAgeMs, heldStreams } = this.#options;
    const pending = { channel, floor: this.floorOf(channel) };
    const { rows, lowest, ageMs } = await backlogOf(database, pending, maxRows, heldStreams(channel));
    if (settled !== undefined) this.#floors.set(channel, lowest === undefined || lowest > settled ? settled : lowest);
    metrics.outboxRows.set({ channel }, rows);
    metrics.outboxAge.set({ channel }, ageMs / 1_000);
    const seconds = Math.round(ageMs / 1_000);
    const what = `${String(rows)} events wait for topic ${topicOf(channel)}, the oldest for ${String(seconds)} s`;
    if (rows >= maxRows || ageMs > maxAgeMs) this.#full.set(channel, what);
    else this.#full.delete(channel);
  }
}
