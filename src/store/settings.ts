import type pg from 'pg';
import { ConnectionError } from './database-error.ts';

/**
 * Limits that hold on the server, so that they also hold for an instance that is stopped with locks in hand.
 * In milliseconds. The publisher's transaction is idle for as long as a send may take (8 s).
 */
const LIMITS = {
  idle_in_transaction_session_timeout: '10000',
  lock_timeout: '5000',
  statement_timeout: '8000',
} as const;

/**
 * Every statement is a look-up by key. The planner would read whole tables where they are small, or where statistics
 * are old, as those of the outbox always are: it empties within seconds and is full of dead rows until it is vacuumed.
 */
const PLANNER = { enable_seqscan: 'off', jit: 'off' } as const;

/** What the service asks of each connection. */
const ASKED = { ...LIMITS, ...PLANNER };

/** What it expects of the database: all text is UTF-8, and NULL in an array literal is no text. */
const EXPECTED = { server_encoding: 'UTF8', client_encoding: 'UTF8', array_nulls: 'on' } as const;

const MIN_VERSION = 14;
/** `server_version_num` is 140005 for 14.5. */
const VERSION_UNIT = 10_000;

const REQUIRED: Readonly<Record<string, string>> = { ...ASKED, ...EXPECTED };

/** Settings that each connection starts with, as options of the server. */
export const SERVER_OPTIONS: readonly string[] = Object.entries(ASKED).map(([name, value]) => `-c ${name}=${value}`);

export interface ConnectionState {
  /** As the server calls it: `server_version_num`. */
  readonly version: number;
  /** The server's process, as the server reported it when the connection began, and as it reports it now. */
  readonly announcedPid: number;
  readonly pid: number;
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Reads back what a connection has been given: a pooler may ignore what the promises rest on.
 *
 * @throws {ConnectionError} DATABASE_TOO_OLD, DATABASE_POOLED or DATABASE_SETTINGS
 */
export async function requireSettings(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<Omit<ConnectionState, 'announcedPid'>>(
    `SELECT current_setting('server_version_num')::int AS version, pg_backend_pid() AS pid,
            (SELECT json_object_agg(name, setting) FROM pg_settings WHERE name = ANY($1)) AS settings`,
    [Object.keys(REQUIRED)],
  );
  const [state] = rows;
  if (state === undefined) throw new Error('a SELECT without FROM has no row');
  const { processID } = client as unknown as { readonly processID: number };
  const fault = faultOf({ ...state, announcedPid: processID });
  if (fault !== undefined) throw fault;
}

/** What is wrong with a connection; undefined if it is as the service needs it. */
export function faultOf({ version, announcedPid, pid, settings }: ConnectionState): ConnectionError | undefined {
  if (version < MIN_VERSION * VERSION_UNIT) {
    const what = `The database is Postgres ${String(Math.floor(version / VERSION_UNIT))}; the service needs ${String(MIN_VERSION)} or later`;
    return new ConnectionError('DATABASE_TOO_OLD', what);
  }
  // A pooler gives numbers of its own, since it gives a connection to one server process after the other.
  if (announcedPid !== pid) {
    return new ConnectionError('DATABASE_POOLED', 'A connection pooler is between the service and the database');
  }
  const different = Object.entries(REQUIRED).filter(([name, value]) => settings[name] !== value);
  if (different.length === 0) return undefined;
  const list = different.map(([name, value]) => `${name} is ${String(settings[name])} and not ${value}`);
  return new ConnectionError(
    'DATABASE_SETTINGS',
    `The database connection has other settings than the service requires: ${list.join(', ')}`,
  );
}
