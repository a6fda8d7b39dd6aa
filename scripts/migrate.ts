import { join } from 'node:path';
import type { Say } from './embedded/embedded.ts';
import { ROOT } from './embedded/folders.ts';
import { withProgress } from './embedded/progress.ts';
import { runTool } from './embedded/tool.ts';
import { openDatabase } from '../src/store/database.ts';
import { pendingMigrations } from '../src/store/migrations.ts';

/** Applies what the database has not had. Looks first: Prisma's CLI takes a second or two even for nothing. */
export async function migrate(databaseUrl: string, say: Say, signal?: AbortSignal): Promise<void> {
  const database = openDatabase(databaseUrl);
  const pending = await pendingMigrations(database).finally(() => database.$disconnect());
  if (pending.length === 0) return;
  say(`applying migrations: ${pending.join(', ')}`);
  const prisma = join(ROOT, 'node_modules', 'prisma', 'build', 'index.js');
  const deploying = runTool(process.execPath, [prisma, 'migrate', 'deploy'], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: databaseUrl },
    signal,
  });
  const run = await withProgress(say, 'applying migrations', deploying);
  if (run?.code !== 0) throw new Error(`The migrations could not be applied:\n${run?.output ?? ''}`);
}
