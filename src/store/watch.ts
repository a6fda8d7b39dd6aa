import { sentence } from '../errors.ts';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import { regularly } from '../waiting.ts';
import type { DatabaseClock } from './clock.ts';
import type { Database } from './database.ts';
import { refusalOf } from './failure.ts';
import { query, statement } from './statement.ts';

/** What the service does with each table. Rows are locked by FOR UPDATE, which takes the right to update. */
const RIGHTS = {
  tenant: ['SELECT', 'INSERT', 'UPDATE'],
  owner: ['SELECT', 'INSERT', 'UPDATE'],
  pet: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  character_session: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  session_clock: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  pet_position: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  consumer_offset: ['SELECT', 'INSERT', 'UPDATE'],
  outbox: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  _prisma_migrations: ['SELECT'],
} as const;

/** They give the ids of new rows: the right to insert into the table is not enough. */
const SEQUENCES = ['pet_id_seq', 'outbox_id_seq'] as const;

const NEEDED = [
  ...Object.entries(RIGHTS).flatMap(([table, rights]) =>
    rights.map((right) => `('${table}', '${right}', has_table_privilege(to_regclass('${table}'), '${right}'))`),
  ),
  ...SEQUENCES.map((name) => `('${name}', 'USAGE', has_sequence_privilege(to_regclass('${name}'), 'USAGE, UPDATE'))`),
];

/** Says whether the database takes writes, and which rights are missing. A table that is not there yet needs none. */
export const databaseStateStatement = statement(
  `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool AS "isReadOnly",
          (SELECT string_agg(needed.right || ' on ' || needed.name, ', ')
             FROM (VALUES ${NEEDED.join(', ')}) AS needed (name, "right", has)
            WHERE needed.has IS FALSE) AS "missingRights"`,
  { isReadOnly: 'bool', missingRights: 'text?' },
);

const UNREACHABLE = sentence('DATABASE_UNREACHABLE', 'The database does not answer');

/** Milliseconds between two looks at the database. */
const WATCH_EVERY = 2_000;

/** A clock that is further away from the database's than this is worth a warning. */
const MAX_SKEW_MS = 2_000;

export interface WatchOptions {
  readonly database: Database;
  /** Looks at the database's clock each time. */
  readonly clock: DatabaseClock;
  /** Told why the database cannot do its work, or undefined if it can. */
  health(reason: string | undefined, cause?: unknown): void;
  readonly log: Logger;
}

/**
 * Looks at the database every two seconds.
 *
 * @returns how to end it; a look that still waits is not waited for.
 */
export function watchDatabase({ database, clock, health, log }: WatchOptions): () => void {
  const stopping = new AbortController();
  let wasSkewed = false;
  void regularly(WATCH_EVERY, stopping.signal, async () => {
    try {
      await clock.look(database);
      wasSkewed = reportSkew(clock.skewMs, wasSkewed, log);
      health(await faultOf(database));
    } catch (error) {
      health(refusalOf(error) ?? UNREACHABLE, error);
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
  if (state?.isReadOnly !== false) return sentence('DATABASE_READ_ONLY', 'The database takes no writes');
  const { missingRights } = state;
  if (missingRights === null) return undefined;
  return sentence('DATABASE_RIGHTS_MISSING', `The database role lacks rights: ${missingRights}`);
}
