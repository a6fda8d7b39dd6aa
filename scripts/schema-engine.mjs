#!/usr/bin/env node
/**
 * Replaces Prisma's native schema engine if that cannot be downloaded (prisma.config.ts chooses). It has the same protocol,
 * JSON-RPC in lines over stdin and stdout, and passes the requests to the same engine compiled to WebAssembly, with the Postgres
 * adapter of the service.
 *
 * SCHEMA_ENGINE_DEBUG=1 writes the engine's log to stderr. TypedSQL (`prisma generate --sql`) does not work with it.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ColumnTypeEnum, mockMigrationAwareAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { clientClass } from '../src/store/connection.ts';
import { addressOf } from '../src/store/database-url.ts';
import { openSchemaEngine, panicMessage } from '../src/operator/migrate/schema-engine.ts';

const debug = process.env.SCHEMA_ENGINE_DEBUG ? (line) => process.stderr.write(`${line}\n`) : () => undefined;
// Postgres' types "char" and CHAR(n).
const CHAR = 18;
const BPCHAR = 1042;

const options = readArguments(process.argv.slice(2));

if (options.version) console.log('schema-engine-cli (WebAssembly stand-in)');
else if (options.command !== undefined) await runCommand(options.command);
else serve();

function readArguments(argv) {
  const found = { version: false, datamodels: [], url: undefined, command: undefined };
  for (let i = 0; i < argv.length; i += 1) {
    if (argv[i] === '--version' || argv[i] === '-V') found.version = true;
    else if (argv[i] === '--datamodels') found.datamodels.push(argv[(i += 1)]);
    else if (argv[i] === '--datasource') found.url = JSON.parse(argv[(i += 1)]).url;
    else if (argv[i] === 'cli') found.command = argv[(i += 1)];
    else if (argv[i] === '--enabled-preview-features' || argv[i] === '--extension-types') i += 1;
  }
  return found;
}

// ── One-shot commands: `schema-engine cli can-connect-to-database`

async function runCommand(command) {
  try {
    if (command === 'can-connect-to-database') await query(connection(), 'SELECT 1');
    else if (command === 'create-database') await createDatabase();
    else throw new Error(`the schema engine's stand-in does not know the command "${command}"`);
  } catch (error) {
    const prismaCodes = { DATABASE_UNKNOWN: 'P1003', DATABASE_LOGIN_REFUSED: 'P1000', '42P04': 'P1009' };
    // The CLI drops the first line of stderr, and reads the last as the native engine's log entry.
    const fields = { message: error.message || String(error), error_code: prismaCodes[error.code] ?? 'P1001' };
    const entry = { timestamp: new Date().toISOString(), level: 'ERROR', target: 'schema_engine::logger' };
    process.stderr.write(`\n${JSON.stringify({ ...entry, fields: { ...fields, is_panic: false } })}\n`);
    process.exitCode = 1;
  }
}

async function createDatabase() {
  const { database, ...server } = connection();
  await query({ ...server, database: 'postgres' }, `CREATE DATABASE ${pg.escapeIdentifier(database)}`);
}

async function query(config, sql) {
  const client = new config.Client(config);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/**
 * The URL in separate fields: the adapter prefers a whole URL to `database`, which the shadow database must replace. TLS and
 * password file are the service's.
 */
function connection() {
  const url = new URL(options.url);
  url.searchParams.delete('schema');
  const passwordFile = process.env.DATABASE_PASSWORD_FILE || undefined;
  const { connectionString, tls } = addressOf(url.href, passwordFile);
  const { host, port, user, password, database } = new pg.Client({ connectionString });
  return { host, port, user, password: password ?? undefined, database, Client: clientClass({ tls, passwordFile }) };
}

// ── The engine, behind JSON-RPC

function serve() {
  let starting;
  const pending = new Map();
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  lines.on('line', (line) => {
    const request = line.trim() === '' ? {} : JSON.parse(line);
    // Without a method it is the CLI's answer to a `print`.
    if (!request.method) return;
    const answered = answer((starting ??= startEngine()), request).finally(() => pending.delete(request.id));
    pending.set(request.id, answered);
  });
  // The engine's open connections would keep the process alive after the CLI has ended.
  lines.on('close', () => void Promise.allSettled(pending.values()).then(() => process.exit(0)));
  // A panic inside WebAssembly leaves its promise open for ever, and the CLI takes an engine that ends without an
  // answer for one that had nothing to do.
  process.on('uncaughtException', (error) => {
    debug(error.stack);
    const message = panicMessage() || error.message;
    for (const id of pending.keys())
      sendError(id, { is_panic: false, message: `The schema engine panicked: ${message}` });
    process.exit(1);
  });
}

async function answer(starting, { id, method, params }) {
  try {
    const engine = await starting;
    const name = method === 'getDatabaseVersion' ? 'version' : method;
    if (typeof engine[name] !== 'function') throw new Error(`the schema engine's stand-in has no method "${method}"`);
    const result = (await engine[name](params ?? {})) ?? null;
    if (method === 'diff' && typeof result?.stdout === 'string') {
      // The native engine asks the CLI to print; what a result holds in `stdout` would be ignored.
      send({ id: `print-${id}`, method: 'print', params: { content: result.stdout } });
      result.stdout = null;
    }
    send({ id, result });
  } catch (error) {
    debug(error?.stack ?? String(error));
    const known = error?.data ?? {};
    const data = {
      is_panic: false,
      message: known.message ?? error?.message ?? String(error),
      meta: known.meta ?? null,
      error_code: known.error_code ?? error?.code,
    };
    sendError(id, data);
  }
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

function sendError(id, data) {
  send({ id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data } });
}

async function startEngine() {
  const datamodels = options.datamodels.map((file) => [file, readFileSync(file, 'utf8')]);
  // `migrate diff` between two files needs no database.
  const adapter = options.url ? new MigrationAdapter() : mockMigrationAwareAdapterFactory('postgres');
  return openSchemaEngine(adapter, datamodels.length > 0 ? datamodels : undefined, debug);
}

/** The service's adapter, with three repairs for what only migrations use. */
class MigrationAdapter extends PrismaPg {
  constructor(config = connection()) {
    super(config, { schema: new URL(options.url).searchParams.get('schema') ?? undefined });
  }

  async connect() {
    return repair(await super.connect());
  }

  /** The adapter's own version drops the shadow database before it ends the pool that is connected to it. */
  async connectToShadowDb() {
    const main = await this.connect();
    const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    await main.executeScript(`CREATE DATABASE "${database}"`);
    const shadow = await new MigrationAdapter({ ...connection(), database }).connect();
    const dispose = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await dispose();
      await main.executeScript(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
      await main.dispose();
    };
    return shadow;
  }
}

function repair(queryable) {
  // The adapter does not know Postgres' one-byte "char", in which the catalogue stores what a constraint does: it is
  // shown as CHAR(n), which the adapter takes for text, and named a character in the result, as the engine expects.
  const { performIO, queryRaw } = queryable;
  queryable.queryRaw = async (sqlQuery) => {
    let isChar = [];
    const once = Object.create(queryable, {
      performIO: {
        value: async (...args) => {
          const result = await performIO.apply(queryable, args);
          isChar = result.fields.map((field) => field.dataTypeID === CHAR);
          for (const field of result.fields) if (field.dataTypeID === CHAR) field.dataTypeID = BPCHAR;
          return result;
        },
      },
    });
    const result = await queryRaw.call(once, sqlQuery);
    const columnTypes = result.columnTypes.map((type, i) => (isChar[i] ? ColumnTypeEnum.Character : type));
    return { ...result, columnTypes };
  };
  // The adapter cuts a script at every semicolon, those in comments and function bodies included.
  if (queryable.executeScript) {
    queryable.executeScript = async (script) => {
      try {
        await queryable.client.query(script);
      } catch (error) {
        queryable.onError(error);
      }
    };
  }
  const startTransaction = queryable.startTransaction?.bind(queryable);
  if (startTransaction) {
    queryable.startTransaction = async (...args) => repair(await startTransaction(...args));
  }
  return queryable;
}
