import { sentence } from '../errors.ts';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import type { Database } from '../store/database.ts';
import { backlogOf } from '../store/outbox.ts';
import { messageOf, regularly } from '../waiting.ts';

/** Milliseconds between two looks. */
const LOOK_EVERY = 1_000;

export interface BacklogOptions {
  readonly database: Database;
  /** Records that may wait for the broker, whoever committed them. */
  readonly mostRows: number;
  /** Milliseconds that one of them may wait. */
  readonly mostAge: number;
  /** Told why nothing more may be told, or undefined when it may. */
  health(reason: string | undefined): void;
  readonly log: Logger;
}

/**
 * How much is committed and has not left. Beyond a bound nothing more may be told: whoever would consume or create waits
 * or refuses, so that an outage of the broker does not fill the database.
 */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #stopping = new AbortController();
  #full: string | undefined;
  #done: Promise<void> | undefined;
  rows = 0;
  /** Milliseconds. */
  age = 0;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  /** Why nothing more may be told now; undefined where it may. */
  get full(): string | undefined {
    return this.#full;
  }

  start(): void {
    this.#done = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  #watch(): Promise<void> {
    return regularly(LOOK_EVERY, this.#stopping.signal, async () => {
      try {
        await this.#look();
      } catch (error) {
        // The last look counts until the database answers again; without it nothing is told anyway.
        this.#options.log.debug({ error: messageOf(error) }, 'could not look at the outbox');
      }
    });
  }

  async #look(): Promise<void> {
    const { database, mostRows, mostAge, health } = this.#options;
    ({ rows: this.rows, age: this.age } = await backlogOf(database, mostRows));
    metrics.outboxRows.set(this.rows);
    metrics.outboxAge.set(this.age / 1_000);
    const what = `${String(this.rows)} events wait for the broker, the oldest for ${String(Math.round(this.age / 1000))} s`;
    this.#full = this.rows >= mostRows || this.age > mostAge ? what : undefined;
    health(this.#full && sentence('OUTBOX_FULL', what));
  }
}
