import { sentence } from '../errors.ts';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import { regularly } from '../waiting.ts';
import type { DatabaseClock } from './clock.ts';
import { databaseErrorOf } from './database-error.ts';
import type { Database } from './database.ts';
import { NEEDED_RIGHTS } from './rights.ts';
import { query, statement } from './statement.ts';

/** Reads whether the database accepts writes, and which rights are missing. A table that does not exist yet needs none. */
export const databaseStateStatement = statement(
  `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool AS "isReadOnly",
          (SELECT string_agg(needed.right || ' on ' || needed.name, ', ')
             FROM (VALUES ${NEEDED_RIGHTS.join(', ')}) AS needed (name, "right", has)
            WHERE needed.has IS FALSE) AS "missingRights"`,
  [],
  { isReadOnly: 'bool', missingRights: 'text?' },
);

const UNREACHABLE = sentence('DATABASE_UNREACHABLE', 'The database does not answer');

/** The time between two checks of the database. */
const CHECK_INTERVAL_MS = 2_000;

/** A clock that is further away from the database's than this is worth a warning. */
const MAX_SKEW_MS = 2_000;

export interface WatchOptions {
  readonly database: Database;
  /** Read at each check. */
  readonly clock: DatabaseClock;
  /** Called with the reason why the database cannot do its work, or undefined if it can. */
  health(reason: string | undefined, cause?: unknown): void;
  readonly log: Logger;
}

/**
 * Checks the database every two seconds.
 *
 * @returns a function that ends the checks. It does not wait for one that is running.
 */
export function watchDatabase({ database, clock, health, log }: WatchOptions): () => void {
  const stopping = new AbortController();
  let wasSkewed = false;
  void regularly(CHECK_INTERVAL_MS, stopping.signal, async () => {
    try {
      await clock.read(database);
      wasSkewed = reportSkew(clock.skewMs, wasSkewed, log);
      health(await faultOf(database));
    } catch (error) {
      const known = databaseErrorOf(error);
      health(known?.reason ?? UNREACHABLE, known?.cause ?? error);
    }
  });
  return () => {
    stopping.abort();
  };
}

/** @returns whether the clocks are too far apart. */
function reportSkew(skewMs: number, wasSkewed: boolean, log: Logger): boolean {
  metrics.clockSkew.set(skewMs / 1_000);
  const isSkewed = Math.abs(skewMs) > MAX_SKEW_MS;
  if (isSkewed && !wasSkewed) {
    const what = `The clock of this machine is ${String(Math.round(Math.abs(skewMs)))} ms ${skewMs > 0 ? 'ahead of' : 'behind'} the database's`;
    log.warn({ skewMs: Math.round(skewMs) }, sentence('CLOCK_SKEWED', what));
  }
  return isSkewed;
}

async function faultOf(database: Database): Promise<string | undefined> {
  const [state] = await query(database, databaseStateStatement);
  if (state?.isReadOnly !== false) return sentence('DATABASE_READ_ONLY', 'The database refuses writes');
  const { missingRights } = state;
  if (missingRights === null) return undefined;
  return sentence('DATABASE_RIGHTS_MISSING', `The database role lacks rights: ${missingRights}`);
}
