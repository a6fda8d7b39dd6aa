import { join } from 'node:path';
import type { Embedded, Say } from '../embedded/embedded.ts';
import { EMBEDDED } from '../embedded/folders.ts';
import { startKafka } from '../embedded/kafka.ts';
import { clearLeftover } from '../embedded/leftover.ts';
import { choosePort } from '../embedded/ports.ts';
import { startPostgres } from '../embedded/postgres.ts';
import { withProgress } from '../embedded/progress.ts';
import { migrate } from '../migrate.ts';
import { createTopics } from '../topics.ts';
import type { Part } from './part.ts';
import type { Running } from './running-file.ts';
import { startService, untilReady } from './service.ts';

const HTTP_PORT = 8080;
/** With everything embedded, nobody else can supply what is missing. A killed service's group membership lasts 30 s. */
const READY_LIMIT_MS = 90_000;

/**
 * Starts what the environment does not name, then the service, and resolves when that is ready.
 * @param add told of every process as soon as it runs, also when the start fails later
 */
export async function bringUp(
  env: NodeJS.ProcessEnv,
  add: (part: Part) => void,
  say: Say,
  end: AbortController,
): Promise<Running> {
  const { signal } = end;
  const allGiven = env['DATABASE_URL'] && env['KAFKA_BROKERS'];
  const pidFile = join(EMBEDDED, allGiven ? `service-${String(process.pid)}.pid.json` : 'service.pid.json');
  // Before the broker that it leaves the group of: else its membership would keep its partitions for a while.
  await clearLeftover(pidFile, 'service', 'SIGTERM', say);

  const embedded = async (name: Part['name'], starting: Promise<Embedded>) => {
    const process = await starting;
    add({ name, process });
    return process.address;
  };
  const database = async () => {
    if (env['DATABASE_URL']) return env['DATABASE_URL'];
    const url = await embedded('database', startPostgres({ dataDir: join(EMBEDDED, 'postgres'), say, signal }));
    await migrate(url, say, signal);
    return url;
  };
  const broker = async () => {
    if (env['KAFKA_BROKERS']) return env['KAFKA_BROKERS'];
    const address = await embedded('broker', startKafka({ dataDir: join(EMBEDDED, 'kafka'), say, signal }));
    const { created } = await withProgress(say, 'creating the topics', createTopics(address, env));
    if (created.length > 0) say(`created topics: ${created.join(', ')}`);
    return address;
  };
  const [databaseUrl, brokers] = await both(database(), broker(), end);
  signal.throwIfAborted();

  const host = env['HTTP_HOST'] ?? '127.0.0.1';
  const port = env['HTTP_PORT'] ?? String(await choosePort(HTTP_PORT, host));
  if (port !== (env['HTTP_PORT'] ?? String(HTTP_PORT))) say(`port ${String(HTTP_PORT)} is taken: HTTP takes ${port}`);
  const service = { ...env, KAFKA_BROKERS: brokers, DATABASE_URL: databaseUrl, HTTP_HOST: host, HTTP_PORT: port };
  add({ name: 'service', process: await startService(service, pidFile) });
  const httpUrl = `http://${reachable(host)}:${port}`;
  const allEmbedded = !env['DATABASE_URL'] && !env['KAFKA_BROKERS'];
  await untilReady(httpUrl, allEmbedded ? READY_LIMIT_MS : undefined, say, signal);
  return { brokers, databaseUrl, httpUrl };
}

/** Both results. The first fault gives the other up, and both have settled when this rejects: nothing starts late. */
async function both<A, B>(one: Promise<A>, other: Promise<B>, end: AbortController): Promise<[A, B]> {
  for (const work of [one, other]) work.catch((fault: unknown) => end.abort(fault));
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

/** "Every address" is one to listen on, not one to connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
