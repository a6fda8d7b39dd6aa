import { findConnectionError, LOST } from './database-error.ts';
import { sqlState } from './sql-state.ts';

/**
 * Why a transaction failed:
 * `data` its rows are at fault: the database refuses them, and trying again cannot help;
 * `bug` our own code threw, or could not build a statement: only a part of the batch may be at fault;
 * `locked` another session holds a row lock;
 * `slow` it took too long, a smaller batch may not;
 * `conflict` the server chose it to end a deadlock: trying again at once may help;
 * `outage` anything else: another system fails, and is waited for.
 */
export type Failure = 'data' | 'bug' | 'locked' | 'slow' | 'conflict' | 'outage';

/** Classes of SQLSTATE: data exception, integrity constraint violation, program limit exceeded, internal error. */
const DATA = /^(?:22|23|54|XX)/;

const FAILURES: Readonly<Record<string, Failure>> = {
  // lock_not_available: lock_timeout.
  '55P03': 'locked',
  // query_canceled: statement_timeout. The others: the transaction was idle, or open, for too long.
  '57014': 'slow',
  '25P03': 'slow',
  '25P04': 'slow',
  // serialization_failure, deadlock_detected.
  '40001': 'conflict',
  '40P01': 'conflict',
};

/**
 * What our own code throws. Unknown errors are no bugs: a bug becomes a dead letter, and an outage that is
 * taken for one would make dead letters of good records.
 */
const BUG_NAMES = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'URIError', 'InvariantError']);
const BUG_CODES = new Set([
  'ERR_STRING_TOO_LONG',
  'ERR_BUFFER_TOO_LARGE',
  'ERR_OUT_OF_RANGE',
  'ERR_INVALID_ARG_TYPE',
  'ERR_INVALID_ARG_VALUE',
  'ERR_ASSERTION',
]);
/** Limits of V8, also where Prisma wraps the error in one of its own. */
const TOO_MUCH = /Invalid string length|Cannot create a string longer than|Maximum call stack size exceeded/;

/** Messages of Prisma about a transaction that has outlived its time limit. */
const EXPIRED = /expired transaction|transaction that was rolled back/;

export function classify(error: unknown): Failure {
  // Whatever the SQLSTATE: no row is at fault if there is no connection.
  if (findConnectionError(error) !== undefined) return 'outage';
  const state = sqlState(error);
  if (state !== undefined) return DATA.test(state) ? 'data' : (FAILURES[state] ?? 'outage');
  if (isBug(error)) return 'bug';
  return EXPIRED.test(String((error as { message?: unknown }).message)) ? 'slow' : 'outage';
}

function isBug(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return true;
  const { name = '', message = '', code } = error as Partial<Error> & { readonly code?: unknown };
  return BUG_NAMES.has(name) || BUG_CODES.has(String(code)) || TOO_MUCH.test(message);
}

/**
 * Whether the database did not answer, or not in time: a connection that is lost or refused, a server that stops, takes no
 * writes, is out of something or fails to read its files, rights that are missing, a lock or a statement that took too long.
 * A fault of our own, a missing table for one, is none.
 */
export function isOutage(error: unknown): boolean {
  if (findConnectionError(error) !== undefined) return true;
  const state = sqlState(error);
  if (state !== undefined) return OUTAGES.test(state);
  const { message, code } = error as { message: string; code?: unknown };
  return OUTAGE_CODES.has(String(code)) || LOST.test(message);
}

/**
 * Classes of SQLSTATE: connection, login, no such database, rolled back, resources, not in this state, operator, files;
 * time-outs in a transaction, a transaction that is read-only, rights that are missing.
 */
const OUTAGES = /^(?:08|28|3D|40|53|55|57|58)|^25P0[34]|^25006|^42501/;
/** Codes of Prisma for a server that cannot be reached, and for transactions that waited too long. */
const OUTAGE_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034']);
