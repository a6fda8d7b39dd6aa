import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LOOPBACK, type Embedded, type EmbeddedOptions, type Say } from './embedded.ts';
import { clearLeftover } from './leftover.ts';
import { choosePort } from './ports.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { answers, createDatabase } from './postgres-database.ts';
import { prepareHome, type PostgresHome } from './postgres-home.ts';
import { isZombie } from '../../src/operator/process-identity.ts';
import { withProgress } from '../../src/operator/progress.ts';
import { lastLines, launch, type ServerProcess } from './server-process.ts';
import { runTool } from './tool.ts';

export type { Embedded } from './embedded.ts';

const NAME = 'Postgres server';
const READY_LIMIT_MS = 60_000;
const MAX_ZOMBIE_MS = 5_000;

/**
 * Starts Postgres with its default durability, reachable only on the loopback address; `address` is the URL of the database `pets`
 * for the superuser. The password is made at the first start, since other users of this machine can reach the loopback address.
 * @param options.prepare prepares a new database before it gets its name
 */
export async function startPostgres({
  port = 5432,
  say = () => undefined,
  signal,
  prepare = () => Promise.resolve(),
  ...options
}: EmbeddedOptions & { prepare?: (url: string) => Promise<unknown> }): Promise<Embedded> {
  const dataDir = resolve(options.dataDir);
  const installed = findPostgresBinaries();
  mkdirSync(dataDir, { recursive: true });
  const pidFile = join(dataDir, 'postgres.pid.json');
  await clearLeftover(pidFile, NAME, 'SIGINT', say);

  const home = prepareHome(installed, dataDir, say);
  const passwordFile = join(dataDir, 'password');
  const data = join(home.home, 'data');
  if (!existsSync(data)) await initialise(home, passwordFile, say, signal);
  if (!existsSync(passwordFile)) {
    throw new Error(
      `${passwordFile} is missing, so no login to the data is possible in ${data}. Delete that folder to begin anew.`,
    );
  }

  await untilCollected(join(data, 'postmaster.pid'));
  signal?.throwIfAborted();
  const chosen = String(await choosePort(port, LOOPBACK, 'database', say));
  const logFile = join(dataDir, 'postgres.log');
  const settings = { port: chosen, listen_addresses: LOOPBACK, unix_socket_directories: '', max_connections: '200' };
  const server = await launch({
    name: NAME,
    command: join(home.native, 'bin', 'postgres'),
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    cwd: home.home,
    logFile,
    pidFile,
    user: home.user,
    // Fast shutdown (rolls back, writes a checkpoint), then immediate shutdown (recovers at the next start).
    stopBy: [
      { signal: 'SIGINT', limitMs: 2_000 },
      { signal: 'SIGQUIT', limitMs: 1_000 },
    ],
    orphanDelaySeconds: 4,
  });
  const authority = `postgres:${readFileSync(passwordFile, 'utf8').trim()}@${LOOPBACK}:${chosen}`;
  const urlOf = (database: string) => `postgresql://${authority}/${database}`;
  const address = urlOf('pets');
  try {
    const ready = untilReady(server, urlOf('postgres'), logFile, signal);
    await withProgress(say, `waiting for Postgres to answer on ${LOOPBACK}:${chosen}`, ready);
    await createDatabase(urlOf('postgres'), 'pets', prepare);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { address, pid: server.pid, exited: server.exited, stop: () => server.stop(), kill: (s) => server.kill(s) };
}

/** Creates the cluster under another name first: an interrupted initdb must not look complete. */
async function initialise(
  home: PostgresHome,
  passwordFile: string,
  say: Say,
  signal: AbortSignal | undefined,
): Promise<void> {
  const fresh = join(home.home, 'data.unfinished');
  // initdb reads the password from a file, and its user may not read the permanent one.
  const handedOver = join(home.home, 'password.unfinished');
  const clear = () => {
    for (const left of [fresh, handedOver]) rmSync(left, { recursive: true, force: true });
  };
  clear();
  const password = randomBytes(18).toString('base64url');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  writeFileSync(handedOver, password, { mode: 0o600, flag: 'wx' });
  if (home.user) chownSync(handedOver, home.user.uid, home.user.gid);

  const args = ['-D', fresh, '-U', 'postgres', `--pwfile=${handedOver}`, '--auth=scram-sha-256', '--encoding=UTF8'];
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-instructions'];
  const work = runTool(join(home.native, 'bin', 'initdb'), [...args, ...locale], {
    cwd: home.home,
    user: home.user,
    signal,
  });
  try {
    const run = await withProgress(say, "creating Postgres' data folder", work);
    if (run?.code !== 0) throw new Error(`Postgres' data folder ${fresh} could not be created:\n${run?.output ?? ''}`);
    renameSync(fresh, join(home.home, 'data'));
  } finally {
    clear();
  }
}

/** Waits until a killed server is no longer a zombie: Postgres would take it for a running one, and refuse to start. */
async function untilCollected(lockFile: string): Promise<void> {
  for (const until = Date.now() + MAX_ZOMBIE_MS; Date.now() < until; await delay(50)) {
    const [pid = ''] = existsSync(lockFile) ? readFileSync(lockFile, 'utf8').split('\n') : [];
    if (!isZombie(Number.parseInt(pid))) return;
  }
}

async function untilReady(
  server: ServerProcess,
  maintenanceUrl: string,
  logFile: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  let ended: string | undefined;
  void server.exited.then((why) => (ended = why));
  for (const until = Date.now() + READY_LIMIT_MS; Date.now() < until; await delay(50)) {
    signal?.throwIfAborted();
    if (ended !== undefined) throw new Error(`${ended}\nIt did not get ready.`);
    if (await answers(maintenanceUrl)) return;
  }
  throw new Error(`The ${NAME} did not get ready within ${String(READY_LIMIT_MS / 1000)} s. ${lastLines(logFile)}`);
}
