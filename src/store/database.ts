import type { Socket } from 'node:net';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../../generated/prisma/client.ts';
import type { Prisma } from '../../generated/prisma/client.ts';
import { query, statement } from './statement.ts';
import { guardSocket } from '../socket-guard.ts';
import { clientClass } from './connection.ts';
import { connectionErrorOf } from './database-error.ts';
import { addressOf } from './database-url.ts';
import { MAX_SERVICE_CONNECTIONS } from './connection-shares.ts';
import { requireSettings } from './settings.ts';
import type { Connection } from './statement.ts';

export type Database = PrismaClient;
export type Transaction = Prisma.TransactionClient;

/**
 * Longer than a dozen statements that each just keep the server's limit: that is what ends a transaction. It also covers
 * the most that one record asks for: a character that is deleted with hundreds of thousands of pets.
 */
const TRANSACTION_TIMEOUT_MS = 120_000;
const CONNECTION_TIMEOUT_MS = 5_000;

/** Longer than any of the server's limits for a statement: the client gives up a server that does not answer. */
const QUERY_TIMEOUT_MS = 9_000;

export interface DatabaseOptions {
  /** A file with the password, if the URL has none. */
  readonly passwordFile?: string | undefined;
  /** Connections at the same time. */
  readonly connections?: number;
}

/** @throws {ServiceError} CONFIG_INVALID */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const names = new Map<string, string>();
  const adapter = new PrismaPg(createPool(url, options), {
    disposeExternalPool: true,
    // Prepared statements: Postgres plans a statement once per connection.
    statementNameGenerator: ({ sql }) => {
      const known = names.get(sql);
      if (known !== undefined) return known;
      const name = `s${String(names.size)}`;
      names.set(sql, name);
      return name;
    },
  });
  return new PrismaClient({ adapter });
}

/** Opens connections that are as the service needs them. @throws {ServiceError} CONFIG_INVALID */
export function createPool(
  url: string,
  { passwordFile, connections = MAX_SERVICE_CONNECTIONS }: DatabaseOptions = {},
): pg.Pool {
  const { tls, ...address } = addressOf(url, passwordFile);
  const pool = new pg.Pool({
    ...address,
    Client: clientClass({ tls, passwordFile }),
    max: connections,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'pet-service',
    // The pool waits for it before it hands the connection out, though its types do not show it.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises
    onConnect: prepare,
  });
  pool.on('error', () => undefined);
  // A ROLLBACK that is given up is never sent, and Prisma takes it for done: the next transaction on that connection would
  // commit what was to be rolled back.
  pool.on('release', (_error, client) => {
    if (!isIdle(client)) void client.end();
  });
  return pool;
}

async function prepare(client: pg.ClientBase): Promise<void> {
  guardSocket(streamOf(client));
  try {
    await requireSettings(client);
  } catch (error) {
    throw connectionErrorOf(error, addressOfClient(client));
  }
}

/** Host and port. */
function addressOfClient(client: pg.ClientBase): string {
  const { host, port } = client as unknown as Pick<pg.Client, 'host' | 'port'>;
  return `${host}:${String(port)}`;
}

function streamOf(client: pg.ClientBase): Socket {
  return (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;
}

/** Whether nothing is open on it, neither a transaction nor a statement. */
function isIdle(client: pg.PoolClient): boolean {
  const { readyForQuery } = client as unknown as { readonly readyForQuery: boolean };
  return readyForQuery && client.getTransactionStatus() === 'I';
}

/** One interactive transaction. Whatever it throws rolls everything back. */
export function inTransaction<Result>(
  database: Database,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return database.$transaction(work, { timeout: TRANSACTION_TIMEOUT_MS, maxWait: CONNECTION_TIMEOUT_MS });
}

/** How long a unit of work waits for each lock, in milliseconds: in its first try, and once that was in vain. */
export const LOCK_TIMEOUT_MS = { first: 300, retry: 50 } as const;

export const limitLockWaitStatement = statement(
  `SELECT set_config('lock_timeout', $1, true) AS "lockTimeout"`,
  ['text'],
  {
    lockTimeout: 'text',
  },
);

/** From here on no statement of the transaction waits longer than this for a lock. */
export async function limitLockWait(connection: Connection, milliseconds: number): Promise<void> {
  await query(connection, limitLockWaitStatement, String(milliseconds));
}
