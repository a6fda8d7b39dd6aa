/** `npm run migrate`: applies the pending migrations of a database; see --help. */
import { options, runCommand } from './command-line.ts';
import { markRolledBack, migrate } from './migrate/migrations.ts';
import { passwordFileOf } from './database.ts';
import { findAddresses } from './find-running.ts';

const HELP = `Usage: npm run migrate [-- --rolled-back NAME]

Applies the pending migrations of prisma/migrations/, as "prisma migrate deploy" does and with the same records in the table
_prisma_migrations. The role must own the schema, so it is not the role of the service. Several may run at once: one migrates, the
others wait for it, at most 10 s.

A migration that failed prevents all others. Postgres has undone it, unless it has a COMMIT of its own. Correct what was wrong, then
name the migration by --rolled-back: it is applied again.

  --rolled-back <name>   marks a failed migration as undone, then applies the pending migrations
  --help                 show this

Needs DATABASE_URL (postgresql://user:password@host:port/database), and DATABASE_PASSWORD_FILE if the service has it; without
DATABASE_URL, migrates the database of a running npm start.

Exit code: 0 when the database has every migration, 1 when one could not be applied, 2 for a usage error.`;

const COMMAND = 'npm run migrate';

/** npm repeats the Ctrl-C of the terminal: a signal that follows this soon is the same key press. */
const SAME_KEY_PRESS_MS = 800;

await runCommand(COMMAND, async () => {
  const { 'rolled-back': rolledBack } = options(COMMAND, HELP, { 'rolled-back': { type: 'string' } });
  const { databaseUrl } = findAddresses('databaseUrl');
  const passwordFile = passwordFileOf(process.env);
  finishFirst();
  if (rolledBack !== undefined) await markRolledBack(databaseUrl, rolledBack, passwordFile);
  const print = (line: string) => {
    console.log(line);
  };
  const applied = await migrate(databaseUrl, print, { passwordFile });
  console.log(applied.length > 0 ? 'applied' : 'the database has every migration already');
});

/** A migration that is interrupted counts as failed and prevents all others: only a second signal ends the process. */
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
