import { queryOne, statement } from '../statement.ts';
import type { Connection } from '../statement.ts';

export const nextOutboxIdStatement = statement(
  `SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('outbox', 'id')::regclass), 0) + 1 AS next`,
  [],
  { next: 'int8' },
);

// A transaction that inserts holds this lock on the table from before its first id until it ends. A transaction that deletes
// holds ROW EXCLUSIVE too; the lock of SELECT FOR UPDATE is another one.
export const outboxWritersStatement = statement(
  `SELECT string_agg(DISTINCT virtualtransaction, ',') AS transactions
     FROM pg_locks
    WHERE relation = 'outbox'::regclass AND mode = 'RowExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  [],
  { transactions: 'text?' },
);

/**
 * Finds ids below which no row can be added to the outbox any more. A sequence gives ids in another order than transactions
 * commit: below the highest id that is seen there may be rows that are not visible yet. Once every transaction has ended that
 * was writing when an id was given, all rows below that id are visible, or will never be.
 */
export class OutboxFloor {
  /** An id, and the transactions that may still commit rows below it. */
  #candidate: { readonly id: bigint; readonly writers: ReadonlySet<string> } | undefined;

  /**
   * @returns an id below which no transaction adds a row any more; undefined until a new one is certain. What
   * is read after this call sees all rows below it.
   */
  async look(connection: Connection): Promise<bigint | undefined> {
    const candidate = this.#candidate;
    if (candidate === undefined) {
      this.#candidate = await newCandidate(connection);
      return undefined;
    }
    const writers = await readWriters(connection);
    if ([...candidate.writers].some((writer) => writers.has(writer))) return undefined;
    this.#candidate = await newCandidate(connection);
    return candidate.id;
  }
}

/** Reads first the id, then the transactions that are writing: one that got a lower id and is not among them has ended. */
async function newCandidate(connection: Connection) {
  const { next } = await queryOne(connection, nextOutboxIdStatement);
  return { id: next, writers: await readWriters(connection) };
}

async function readWriters(connection: Connection): Promise<ReadonlySet<string>> {
  const { transactions } = await queryOne(connection, outboxWritersStatement);
  return new Set(transactions?.split(','));
}
