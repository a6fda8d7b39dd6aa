import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LOOPBACK, type Embedded, type Say } from '../embedded/embedded.ts';
import { EMBEDDED } from '../../src/operator/folders.ts';
import { startKafka } from '../embedded/kafka.ts';
import { startPostgres } from '../embedded/postgres.ts';
import { withProgress } from '../../src/operator/progress.ts';
import { migrate } from '../../src/operator/migrate/migrations.ts';
import { createTopics } from '../../src/operator/topics/create.ts';
import { chooseHttpPort } from './http-port.ts';
import type { StartedProcess } from './started-process.ts';
import { removeRunning, type RunningAddresses } from '../../src/operator/running-file.ts';
import { clearServices, startService, untilReady } from './service.ts';

/** With embedded servers nothing is missing: the service is ready soon, or never. */
const READY_LIMIT_MS = 60_000;
/** A killed service keeps its partitions for so long. On an embedded broker only the next start wants them. */
const SESSION_TIMEOUT_MS = 6_000;
/** With embedded servers nobody plays for real: a user who tries the service should see pets get hungry. */
export const HUNGER_INTERVAL_MS = 10_000;

/**
 * Starts the servers that the environment does not name, then the service, and resolves when that is ready.
 * @param add gets every process as soon as it runs, even if the start fails later
 */
export async function bringUp(
  env: NodeJS.ProcessEnv,
  add: (started: StartedProcess) => void,
  say: Say,
  end: AbortController,
): Promise<RunningAddresses> {
  const { signal } = end;
  const given = { database: env['DATABASE_URL'], broker: env['KAFKA_BROKERS'] };
  const alone = !given.database || !given.broker;
  mkdirSync(EMBEDDED, { recursive: true });
  // Before the broker starts: a leftover service would stay in the group and keep its partitions for a while.
  const pidFile = await clearServices(alone, say);
  if (alone) removeRunning();
  const host = env['HTTP_HOST'] || LOOPBACK;
  const port = await chooseHttpPort(env['HTTP_PORT'], host, say);

  const embedded = async (name: StartedProcess['name'], starting: Promise<Embedded>) => {
    const server = await starting;
    add({ name, process: server });
    return server.address;
  };
  const database = async () => {
    if (given.database) return given.database;
    const dataDir = join(EMBEDDED, 'postgres');
    const prepare = (url: string) => migrate(url, say);
    const url = await embedded('database', startPostgres({ dataDir, say, signal, prepare }));
    await migrate(url, say);
    return url;
  };
  const broker = async () => {
    if (given.broker) return given.broker;
    const address = await embedded('broker', startKafka({ dataDir: join(EMBEDDED, 'kafka'), say, signal }));
    const topics = await withProgress(say, 'creating the topics', createTopics(address, env));
    const created = topics.filter(({ state }) => state === 'created').map(({ wanted }) => wanted.topic);
    if (created.length > 0) say(`created topics: ${created.join(', ')}`);
    return address;
  };
  const [databaseUrl, brokers] = await both(database(), broker(), end);
  signal.throwIfAborted();

  const service = {
    ...(!given.broker && { KAFKA_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS) }),
    ...(!given.broker && !given.database && { HUNGER_INTERVAL_MS: String(HUNGER_INTERVAL_MS) }),
    ...env,
    KAFKA_BROKERS: brokers,
    DATABASE_URL: databaseUrl,
    // The password file belongs to a database that the environment names.
    ...(!given.database && { DATABASE_PASSWORD_FILE: '' }),
    HTTP_HOST: host,
    HTTP_PORT: port,
  };
  add({ name: 'service', process: await startService(service, pidFile) });
  const httpUrl = `http://${reachable(host)}:${port}`;
  const limit = given.database || given.broker ? undefined : READY_LIMIT_MS;
  await untilReady(httpUrl, limit, say, signal);
  return { brokers, databaseUrl, httpUrl };
}

/** Returns both results. A fault of one aborts the other, and both have settled when this rejects: nothing starts late. */
async function both<A, B>(one: Promise<A>, other: Promise<B>, end: AbortController): Promise<[A, B]> {
  for (const work of [one, other]) work.catch((fault: unknown) => end.abort(fault));
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

/** Returns an address to connect to: "every address" is only one to listen on. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
