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

/** Whether the database did not answer, or not in time; a fault of our own is none. */
export function isOutage(error: unknown): boolean {
  const { name, message } = error as Error;
  const ofDatabase = sqlState(error) !== undefined || /^PrismaClient|^DriverAdapter/.test(name) || LOST.test(message);
  return ofDatabase && classify(error) !== 'data';
}

/** What pg says of a connection that is gone, as plain errors. */
const LOST = /^Connection terminated|^timeout exceeded when trying to connect|ECONN|EPIPE/;

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
