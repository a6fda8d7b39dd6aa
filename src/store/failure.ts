/**
 * What a failed transaction means:
 * `data` the rows themselves are at fault (SQLSTATE classes 22 and 23), trying again cannot help;
 * `timeout` a statement or a wait for a lock took too long, a smaller batch may not;
 * `outage` anything else: the database is away or busy, and is waited for.
 */
export type Failure = 'data' | 'timeout' | 'outage';

/** query_canceled (statement_timeout), lock_not_available (lock_timeout). */
const TIMEOUTS = new Set(['57014', '55P03']);

export function classify(error: unknown): Failure {
  const state = sqlState(error);
  if (state === undefined) return 'outage';
  if (state.startsWith('22') || state.startsWith('23')) return 'data';
  return TIMEOUTS.has(state) ? 'timeout' : 'outage';
}

/**
 * Whether the database did not answer, or not in time: a connection that is gone, a server that stops, takes no writes or is
 * out of something, rights that are missing, a lock or a statement that took too long. A fault of our own, a missing table
 * for one, is none.
 */
export function isOutage(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return OUTAGES.test(state);
  const { message, code } = error as { message: string; code?: unknown };
  return OUTAGE_CODES.has(String(code)) || LOST.test(message);
}

/**
 * Classes of SQLSTATE: connection, rolled back, resources, not in this state, operator; time-outs in a transaction, a
 * transaction that is read-only, rights that are missing.
 */
const OUTAGES = /^(?:08|40|53|55|57)|^25P0[34]|^25006|^42501/;
/** What Prisma says of a server that cannot be reached, and of transactions that waited for a connection or too long. */
const OUTAGE_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034']);
/** What pg says of a connection that is gone or silent, as plain errors; Prisma may wrap it. */
const LOST = /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Can't reach|ECONN|EPIPE/;

/** The SQLSTATE in the error or in what caused it: Prisma keeps the driver's in `meta` or in `cause`. */
function sqlState(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 5) return undefined;
  const { originalCode, meta, driverAdapterError, cause } = error as Record<string, unknown>;
  if (typeof originalCode === 'string') return originalCode;
  for (const inner of [meta, driverAdapterError, cause]) {
    const state = sqlState(inner, depth + 1);
    if (state !== undefined) return state;
  }
  return undefined;
}
