/** Applies migrations, as `prisma migrate deploy` and `resolve` do and with the same engine. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';
import { clientClass } from '../../store/connection.ts';
import { explain } from '../../store/database-error.ts';
import { addressOf } from '../../store/database-url.ts';
import { pendingMigrations } from '../../store/migrations.ts';
import { ConfigError } from '../../config.ts';
import { messageOf } from '../../waiting.ts';
import { ROOT } from '../folders.ts';
import { withProgress } from '../progress.ts';
import { withDatabase } from '../database.ts';
import { openSchemaEngine } from './schema-engine.ts';

/** The engine's code for a database with a failed migration. */
const FAILED_BEFORE = 'P3009';

const MIGRATIONS = join(ROOT, 'prisma', 'migrations');

interface MigrateOptions {
  /** A file with the password, if the URL has none. */
  readonly passwordFile?: string | undefined;
  /** The migrations; the default is the project's own. */
  readonly folder?: string;
}

/**
 * Applies the pending migrations, and returns their names. Other processes that migrate the same database wait for a lock, at
 * most 10 s. The engine records a migration as failed if this process ends before the database has answered.
 *
 * @throws if a migration fails, or has failed before.
 */
export async function migrate(
  databaseUrl: string,
  print: (line: string) => void,
  { passwordFile, folder = MIGRATIONS }: MigrateOptions = {},
): Promise<string[]> {
  const reading = withDatabase(databaseUrl, passwordFile, (database) => pendingMigrations(database, folder));
  const pending = await reading.catch((error: unknown) => {
    if (error instanceof ConfigError) throw error;
    throw new Error(`Cannot read the applied migrations: ${explain(error)}`, { cause: error });
  });
  if (pending.length === 0) return [];
  print(`applying migrations: ${pending.join(', ')}`);
  const migrationsList = await listOf(folder);
  const filters = { externalTables: [], externalEnums: [] };
  const applying = withEngine(databaseUrl, passwordFile, (engine) =>
    engine.applyMigrations({ migrationsList, filters }),
  ).catch((error: unknown) => {
    throw explainFailure(error, migrationsList);
  });
  return (await withProgress(print, 'applying migrations', applying)).appliedMigrationNames;
}

/** Returns an error that names the migration that failed, now or before, and the command that continues. */
function explainFailure(error: unknown, { migrationDirectories }: MigrationList): unknown {
  const failure = (name: string, what: string) =>
    new Error(`${name} ${what}. Correct what was wrong, then run: npm run migrate -- --rolled-back ${name}`, {
      cause: error,
    });
  if (error instanceof ScriptError) {
    const failed = migrationDirectories.find(({ migrationFile: { content } }) => content.value === error.script);
    return failed === undefined ? error : failure(failed.path, `failed: ${error.message}`);
  }
  const { message, cause } = error as Error;
  const [, name, time] = /`(.+)` migration started at (\S+ \S+ UTC) failed/.exec(message) ?? [];
  const isKnown = (cause as { code?: unknown } | undefined)?.code === FAILED_BEFORE && name !== undefined;
  return isKnown ? failure(name, `failed before, at ${String(time)}, and prevents all others`) : error;
}

/** Marks a failed migration as undone, so that it is applied again. */
export async function markRolledBack(databaseUrl: string, migrationName: string, passwordFile?: string): Promise<void> {
  await withEngine(databaseUrl, passwordFile, (engine) => engine.markMigrationRolledBack({ migrationName }));
}

async function listOf(baseDir: string): Promise<MigrationList> {
  const lockfile = 'migration_lock.toml';
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const migrationDirectories = names.sort().map(async (name) => {
    const value = await readFile(join(baseDir, name, 'migration.sql'), 'utf8');
    return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } };
  });
  return {
    baseDir,
    lockfile: { path: lockfile, content: await readFile(join(baseDir, lockfile), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(migrationDirectories),
  };
}

async function withEngine<Result>(
  databaseUrl: string,
  passwordFile: string | undefined,
  use: (engine: SchemaEngine) => Promise<Result>,
): Promise<Result> {
  // Without the time limits of the service: a migration may take long.
  const { connectionString, tls } = addressOf(databaseUrl, passwordFile);
  const options = new URL(databaseUrl).searchParams.getAll('options').join(' ');
  const Client = clientClass({ tls, passwordFile });
  // One connection, since the engine's lock belongs to its session; the session's end releases it.
  const pool = new pg.Pool({ connectionString, options, Client, max: 1, idleTimeoutMillis: 0 });
  pool.on('error', () => undefined);
  const adapter = new ScriptAdapter(pool);
  try {
    return await use(await openSchemaEngine(adapter));
  } catch (error) {
    // The engine's message of a failed script has a stack trace in it.
    throw adapter.failure ?? new Error(error instanceof Error ? error.message.trim() : String(error), { cause: error });
  } finally {
    await pool.end();
  }
}

/** The error of the database about a script. */
class ScriptError extends Error {
  readonly script: string;

  constructor(script: string, cause: unknown) {
    super(messageOf(cause), { cause });
    this.script = script;
  }
}

/** Runs a script as a whole: the adapter itself splits it at every semicolon, even within function bodies. */
class ScriptAdapter extends PrismaPg {
  failure: ScriptError | undefined;

  override async connect(): ReturnType<PrismaPg['connect']> {
    const connection = await super.connect();
    connection.executeScript = async (script) => {
      try {
        await connection.underlyingDriver().query(script);
      } catch (error) {
        throw (this.failure = new ScriptError(script, error));
      }
    };
    return connection;
  }
}
