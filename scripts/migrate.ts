/** `npm run migrate`: applies the migrations that a database has not had. */
import { join } from 'node:path';
import { ConfigError } from '../src/config.ts';
import { explain } from '../src/store/database-error.ts';
import { pendingMigrations } from '../src/store/migrations.ts';
import { options } from './cli.ts';
import type { Say } from './embedded/embedded.ts';
import { ROOT } from './embedded/folders.ts';
import { withProgress } from './embedded/progress.ts';
import { passwordFileOf, withDatabase } from './operator-database.ts';
import { runTool } from './embedded/tool.ts';

const HELP = `Usage: DATABASE_URL=postgresql://user:password@host:port/database npm run migrate [-- --help]

Applies the migrations in prisma/migrations/ that the database has not had, by "prisma migrate deploy". The role has to own the
schema, so it is another than the service's. DATABASE_PASSWORD_FILE and the parameters of the URL are the service's.

  --help   show this

Exit code: 0 when the database has every migration, 1 when it could not be given them, 2 for a usage error.`;

/**
 * Applies what the database has not had, and returns its names. Looks first: Prisma's CLI takes a second or two even
 * for nothing. It is left to finish, whatever happens to its starter: a migration that was cut short would have to be
 * resolved by hand.
 * @throws with what Prisma says
 */
export async function migrate(databaseUrl: string, say: Say, passwordFile?: string): Promise<string[]> {
  const pending = await withDatabase(databaseUrl, passwordFile, pendingMigrations).catch((error: unknown) => {
    if (error instanceof ConfigError) throw error;
    throw new Error(`The database does not say which migrations it has had: ${explain(error)}`, { cause: error });
  });
  if (pending.length === 0) return [];
  say(`applying migrations: ${pending.join(', ')}`);
  const prisma = join(ROOT, 'node_modules', 'prisma', 'build', 'index.js');
  const deploying = runTool(process.execPath, [prisma, 'migrate', 'deploy'], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: databaseUrl, DATABASE_PASSWORD_FILE: passwordFile ?? '' },
  });
  const run = await withProgress(say, 'applying migrations', deploying);
  if (run?.code !== 0) throw new Error(`The migrations could not be applied:\n${run?.output ?? ''}`);
  return pending;
}

async function main(): Promise<void> {
  options('npm run migrate', HELP, {});
  const url = process.env['DATABASE_URL'];
  if (!url) throw new Error('DATABASE_URL is not set. It names the database to migrate.');
  const say = (line: string) => {
    console.log(line);
  };
  const applied = await migrate(url, say, passwordFileOf(process.env));
  console.log(applied.length > 0 ? 'applied' : 'the database has every migration already');
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
