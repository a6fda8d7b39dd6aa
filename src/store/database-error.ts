/** What an error of the database means to the operator: its code and sentence. */
import { CERTIFICATE_FAULTS, NETWORK_FAULTS } from '../connection-errors.ts';
import { sentence, ServiceError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { messageOf } from '../waiting.ts';
import { sqlState } from './sql-state.ts';

/** Why a connection could not be made, or cannot be used. */
export class ConnectionError extends ServiceError {
  override readonly name = 'ConnectionError';

  /** Prisma makes an error of its own of this one, and carries `meta` over. */
  get meta(): { readonly connectionError: ConnectionError } {
    return { connectionError: this };
  }
}

type Meaning = readonly [code: ErrorCode, what: string];

const LOGIN_REFUSED: Meaning = ['DATABASE_LOGIN_REFUSED', 'The database refuses the login'];
const STOPPING: Meaning = ['DATABASE_STOPPING', 'The database ended the connection'];
const MISSING_TABLE: Meaning = ['MIGRATIONS_PENDING', 'The database lacks a table or a column of this release'];
const SILENT: Meaning = ['DATABASE_UNREACHABLE', 'The database does not answer'];

const STATES: Readonly<Record<string, Meaning>> = {
  '28P01': LOGIN_REFUSED,
  '28000': LOGIN_REFUSED,
  '3D000': ['DATABASE_UNKNOWN', 'The server has no such database'],
  '57P04': ['DATABASE_UNKNOWN', 'The database was dropped'],
  '57P01': STOPPING,
  '57P02': STOPPING,
  '57P03': ['DATABASE_STOPPING', 'The database accepts no connections now'],
  '25006': ['DATABASE_READ_ONLY', 'The database refuses writes'],
  '53300': ['DATABASE_CONNECTIONS_EXHAUSTED', 'The database has no connection left'],
  '53100': ['DATABASE_DISK_FULL', 'The disk of the database is full'],
  '42501': ['DATABASE_RIGHTS_MISSING', 'The database role lacks a right'],
  '42P01': MISSING_TABLE,
  '42703': MISSING_TABLE,
};

const UNKNOWN_AUTHORITY: Meaning = [
  'DATABASE_CERTIFICATE_INVALID',
  'The certificate of the database comes from an authority that is not trusted',
];
const CLIENT_CERTIFICATE: Meaning = [
  'DATABASE_CERTIFICATE_INVALID',
  'The database refuses the certificate of the service (sslcert)',
];
const NO_TLS: Meaning = ['DATABASE_TLS_REFUSED', 'The database offers no TLS'];
const BROKEN_TLS: Meaning = ['DATABASE_TLS_REFUSED', 'TLS with the database fails'];

/** What is recognised by the words of an error, with its code in front. */
const TEXTS: readonly (readonly [RegExp, Meaning])[] = [
  // The message of PgBouncer about the settings that a connection starts with.
  [/unsupported startup parameter/, ['DATABASE_POOLED', 'A connection pooler refuses the settings of the service']],
  [/^28000 .*no encryption/, ['DATABASE_TLS_REFUSED', 'The database refuses the login without TLS']],
  [/does not support SSL/, NO_TLS],
  // The message of pg if the server wants a password and there is none.
  [/^ SASL: /, LOGIN_REFUSED],
  [/^ERR_SSL_\S*ALERT_\S*(CERTIFICATE|UNKNOWN_CA|DECRYPT_ERROR)/, CLIENT_CERTIFICATE],
  [/^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|INVALID_CA|ERR_TLS_CERT)/, UNKNOWN_AUTHORITY],
  [/^(ERR_SSL_|ERR_TLS_|EPROTO)|establishing an SSL connection/, BROKEN_TLS],
];

function certificateFault(code: string): Meaning | undefined {
  const fault = CERTIFICATE_FAULTS[code];
  return fault === undefined ? undefined : ['DATABASE_CERTIFICATE_INVALID', `The certificate of the database ${fault}`];
}

function networkFault(code: string): Meaning | undefined {
  const fault = NETWORK_FAULTS[code];
  return fault === undefined ? undefined : ['DATABASE_UNREACHABLE', `The database ${fault}`];
}

/** Returns why no connection was made, given the error of pg or Node. @param address host and port, for the log. */
export function connectionErrorOf(error: unknown, address: string): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const { code = '' } = error as { readonly code?: string };
  const text = messageOf(error);
  const [, byText] = TEXTS.find(([pattern]) => pattern.test(`${code} ${text}`)) ?? [];
  const [meaning, what] =
    certificateFault(code) ?? byText ?? networkFault(code) ?? STATES[code] ?? (isSqlState(code) ? REFUSED : SILENT);
  const cause = new Error(`${address}: ${text}${isSqlState(code) ? ` (${code})` : ''}`, { cause: error });
  return new ConnectionError(meaning, what, cause);
}

const REFUSED: Meaning = ['DATABASE_UNREACHABLE', 'The database refuses the connection'];

function isSqlState(code: string): boolean {
  return /^(?=.*\d)[0-9A-Z]{5}$/.test(code);
}

/** The error of a connection that is in what Prisma, or the pool, made of it. */
export function findConnectionError(error: unknown): ConnectionError | undefined {
  if (error instanceof ConnectionError) return error;
  if (typeof error !== 'object' || error === null) return undefined;
  const { meta, cause } = error as { readonly meta?: { readonly connectionError?: unknown }; readonly cause?: unknown };
  return findConnectionError(meta?.connectionError ?? cause);
}

/** Returns what an error of the database means; undefined if it means no more than its text. */
export function databaseErrorOf(error: unknown): ServiceError | undefined {
  const known = findConnectionError(error);
  if (known !== undefined) return known;
  const meaning = STATES[sqlState(error) ?? ''] ?? (LOST.test((error as Error).message) ? SILENT : undefined);
  return meaning && new ServiceError(...meaning, error);
}

/** Messages of pg about a connection that is lost or silent, as plain errors; Prisma may wrap them. */
export const LOST =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Can't reach|ECONN|EPIPE/;

/** Describes an error in one line, with its code if it has one: for the commands of the operator. */
export function explain(error: unknown): string {
  if (error instanceof ServiceError) return error.message;
  return databaseErrorOf(error)?.message ?? messageOf(error);
}

/**
 * Why something that needs the database does not work.
 *
 * @returns the sentence for anybody, with what is wrong with the database if that is known, and the cause for the log.
 */
export function failureOf(code: ErrorCode, what: string, error: unknown): readonly [reason: string, cause: unknown] {
  const known = databaseErrorOf(error);
  if (known === undefined) return [sentence(code, what), error];
  const why = `${known.what.charAt(0).toLowerCase()}${known.what.slice(1)}`;
  return [sentence(code, `${what}: ${why} (${known.code})`), known.cause];
}
