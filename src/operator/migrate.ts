/** `npm run migrate`: applies the migrations that a database has not had; see --help. */
import { options, runCommand } from './command-line.ts';
import { markRolledBack, migrate } from './migrate/migrations.ts';
import { passwordFileOf } from './database.ts';
import { findParts } from './find-running.ts';

const HELP = `Usage: npm run migrate [-- --rolled-back NAME]

Applies the migrations in prisma/migrations/ that the database has not had, as "prisma migrate deploy" does and with the same
records in the table _prisma_migrations. The role has to own the schema, so it is another than the service's. Several may run at once: one migrates, the others wait for it, at most 10 s.

A migration that failed prevents all others. Postgres has undone what it did, except where it has a COMMIT of its own. When
what was wrong is corrected, say so by --rolled-back; the migration is applied again then.

  --rolled-back <name>   marks a migration that failed as undone, then applies what the database has not had
  --help                 show this

Needs DATABASE_URL (postgresql://user:password@host:port/database), and DATABASE_PASSWORD_FILE where the service has it; without
DATABASE_URL, migrates the database of a running npm start.

Exit code: 0 when the database has every migration, 1 when it could not be given them, 2 for a usage error.`;

const COMMAND = 'npm run migrate';

/** npm passes Ctrl-C on although the terminal had sent it already: what comes so soon is the same key press. */
const SAME_KEY_PRESS_MS = 800;

await runCommand(COMMAND, async () => {
  const { 'rolled-back': rolledBack } = options(COMMAND, HELP, { 'rolled-back': { type: 'string' } });
  const { databaseUrl } = findParts('databaseUrl');
  const passwordFile = passwordFileOf(process.env);
  finishFirst();
  if (rolledBack !== undefined) await markRolledBack(databaseUrl, rolledBack, passwordFile);
  const say = (line: string) => {
    console.log(line);
  };
  const applied = await migrate(databaseUrl, say, { passwordFile });
  console.log(applied.length > 0 ? 'applied' : 'the database has every migration already');
});

/** A migration that is cut short counts as failed, and prevents all others: only a second signal ends the process. */
function finishFirst(): void {
  let first: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (first === undefined) console.error(`${signal}: the migrations are finished first; a second one ends them`);
      else if (Date.now() - first > SAME_KEY_PRESS_MS) process.exit(1);
      first ??= Date.now();
    });
  }
}
