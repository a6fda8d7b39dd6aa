/** Row locks in a session of the test, as of an operator's open session. */
import type { Database } from '../../src/store/database.ts';
import { until } from './until.ts';

export interface HeldLocks {
  /** Waits until so many others wait for a lock in this database. */
  waiters(count: number): Promise<void>;
  release(): Promise<void>;
}

/** Settings as of an open psql session: another application name than that of the service, and no timeouts. */
const AS_SOMEBODY = [
  "application_name = 'somebody'",
  'idle_in_transaction_session_timeout = 0',
  'lock_timeout = 0',
  'statement_timeout = 0',
];

/** Locks all existing owners. */
export function lockOwners(database: Database): Promise<HeldLocks> {
  return holdLocks(database, 'SELECT 1 FROM owner FOR UPDATE');
}

/** Keeps a snapshot of the database open, so that vacuum removes none of its rows, even deleted ones. */
export function holdSnapshot(database: Database): Promise<HeldLocks> {
  return holdLocks(database, 'SELECT 1 FROM outbox LIMIT 1', 'RepeatableRead');
}

/** Runs a statement in a session of its own, which keeps its locks. */
export async function holdLocks(
  database: Database,
  text: string,
  isolationLevel: 'ReadCommitted' | 'RepeatableRead' = 'ReadCommitted',
): Promise<HeldLocks> {
  const locked = Promise.withResolvers<undefined>();
  const released = Promise.withResolvers<undefined>();
  const holding = database.$transaction(
    async (transaction) => {
      for (const setting of AS_SOMEBODY) await transaction.$executeRawUnsafe(`SET LOCAL ${setting}`);
      await transaction.$queryRawUnsafe(text);
      locked.resolve(undefined);
      await released.promise;
    },
    { timeout: 60_000, isolationLevel },
  );
  holding.catch(locked.reject);
  await locked.promise;
  return {
    async waiters(count) {
      const waits = `SELECT count(*)::int AS waiting FROM pg_stat_activity
                      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await until(`there are never ${String(count)} that wait`, async () => {
        const [row] = await database.$queryRawUnsafe<{ waiting: number }[]>(waits);
        return row?.waiting === count;
      });
    },
    async release() {
      released.resolve(undefined);
      await holding;
    },
  };
}
