import type { Database } from './database.ts';
import { queryOne, statement } from './statement.ts';

export const clockStatement = statement(
  `SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now`,
  [],
  {
    now: 'int8',
  },
);

/** The clocks of this machine, in milliseconds. */
export interface LocalClocks {
  /** Milliseconds since any moment; nothing sets this clock. */
  elapsed(): number;
  /** Since 1970, as this machine has it. */
  wall(): number;
}

const LOCAL: LocalClocks = { elapsed: () => performance.now(), wall: () => Date.now() };

/**
 * Keeps the database's time, which all instances share: what is due, expired or late is decided by it. This machine's own clock
 * may be wrong; it only measures the time since the database's clock was read.
 *
 * It is behind the database by no more than a reading took, and ahead by no more than the two clocks drift between two readings, so
 * that nothing is done early.
 */
export class DatabaseClock {
  readonly #local: LocalClocks;
  /** What has to be added to `elapsed()` for the database's time. */
  #offset: number | undefined;
  #skewMs = 0;

  constructor(local: LocalClocks = LOCAL) {
    this.#local = local;
  }

  /**
   * Milliseconds since 1970.
   *
   * @throws {Error} before the first reading.
   */
  now(): number {
    if (this.#offset === undefined) throw new Error("the database's clock was not read yet");
    return Math.floor(this.#local.elapsed() + this.#offset);
  }

  /** By how many milliseconds this machine's clock is ahead of the database's, at the last reading. */
  get skewMs(): number {
    return this.#skewMs;
  }

  async read(database: Database): Promise<void> {
    const askedAt = this.#local.elapsed();
    const { now } = await queryOne(database, clockStatement);
    this.#adopt(Number(now), askedAt, this.#local.elapsed());
  }

  /** The database read its clock some time between the question and the answer. */
  #adopt(databaseNow: number, askedAt: number, answeredAt: number): void {
    const least = databaseNow - answeredAt;
    const most = databaseNow - askedAt + 1;
    const known = this.#offset;
    // A known offset that the new reading does not contradict is kept: after a slow reading the new one would be less precise.
    const offset = known !== undefined && known >= least && known <= most ? known : least;
    this.#offset = offset;
    this.#skewMs = this.#local.wall() - (answeredAt + offset);
  }
}
