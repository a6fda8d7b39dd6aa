import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from '../../src/transport/kafkajs-mended.ts';
import { LOOPBACK, type Embedded, type EmbeddedOptions, type Say } from './embedded.ts';
import { fetchJars } from './jars.ts';
import { findJava } from './java.ts';
import { kafkaSettings, type KafkaExtras, type KafkaNode } from './kafka-settings.ts';
import { clearLeftover } from './leftover.ts';
import { choosePort } from './ports.ts';
import { withProgress } from '../../src/operator/progress.ts';
import { lastLines, launch, type ServerProcess } from './server-process.ts';
import { runTool } from './tool.ts';

export type { Embedded } from './embedded.ts';

const NAME = 'Kafka broker';
const READY_LIMIT_MS = 60_000;

/** Starts Apache Kafka in a JVM. Resolves when it is ready. */
export async function startKafka({
  port = 9092,
  say = () => undefined,
  signal,
  extras,
  ...options
}: EmbeddedOptions & { readonly extras?: KafkaExtras }): Promise<Embedded> {
  const dataDir = resolve(options.dataDir);
  const java = await findJava(signal);
  const jars = await fetchJars(say, signal);
  mkdirSync(dataDir, { recursive: true });
  await clearLeftover(pidFileIn(dataDir), NAME, 'SIGTERM', say);
  const node = {
    id: 1,
    brokerPort: await choosePort(port, LOOPBACK, 'broker', say),
    controllerPort: await choosePort(),
  };
  return startNode({ java, jars, dataDir, node, nodes: [node], clusterId: newClusterId(), extras, say, signal });
}

/** A cluster of several brokers. */
export interface EmbeddedCluster {
  /** The addresses of all, separated by commas. */
  readonly address: string;
  /** By their ids: the first has 1. */
  readonly brokers: readonly Embedded[];
  stop(): Promise<void>;
}

/** Starts a cluster of `count` brokers, each in a JVM, with empty folders in `dataDir`; for tests. */
export async function startKafkaCluster(count: number, dataDir: string): Promise<EmbeddedCluster> {
  const say = () => undefined;
  const java = await findJava();
  const jars = await fetchJars(say);
  const nodes: KafkaNode[] = [];
  for (let id = 1; id <= count; id += 1) {
    nodes.push({ id, brokerPort: await choosePort(), controllerPort: await choosePort() });
  }
  const clusterId = newClusterId();
  const starting = nodes.map((node) => {
    const folder = join(dataDir, String(node.id));
    mkdirSync(folder, { recursive: true });
    return startNode({
      java,
      jars,
      dataDir: folder,
      node,
      nodes,
      clusterId,
      extras: undefined,
      say,
      signal: undefined,
    });
  });
  const started = await Promise.allSettled(starting);
  const brokers = started.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const stop = async () => {
    await Promise.all(brokers.map((broker) => broker.stop()));
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason as Error;
  }
  return { address: brokers.map(({ address }) => address).join(','), brokers, stop };
}

function newClusterId(): string {
  return randomBytes(16).toString('base64url');
}

function pidFileIn(dataDir: string): string {
  return join(dataDir, 'kafka.pid.json');
}

interface NodeOptions {
  readonly java: string;
  readonly jars: string;
  readonly dataDir: string;
  readonly node: KafkaNode;
  readonly nodes: readonly KafkaNode[];
  /** The id of a new cluster. */
  readonly clusterId: string;
  readonly extras: KafkaExtras | undefined;
  readonly say: Say;
  readonly signal: AbortSignal | undefined;
}

async function startNode(options: NodeOptions): Promise<Embedded> {
  const { java, jars, dataDir, node, nodes, extras, say, signal } = options;
  const data = join(dataDir, 'data');
  const settings = join(dataDir, 'server.properties');
  if (!existsSync(data)) await format(options);
  writeFileSync(settings, kafkaSettings(node, nodes, data, extras));

  signal?.throwIfAborted();
  const logFile = join(dataDir, 'kafka.log');
  const server = await launch({
    name: NAME,
    command: java,
    // A small heap, a simple collector and a quick compiler: it starts in seconds and leaves the cores to the service.
    args: [
      '-Xms64m',
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      ...classPath(jars),
      'kafka.Kafka',
      settings,
    ],
    cwd: dataDir,
    logFile,
    pidFile: pidFileIn(dataDir),
    stopBy: [{ signal: 'SIGTERM', limitMs: 3_000 }],
    orphanDelaySeconds: 3,
  });
  const address = `${LOOPBACK}:${String(node.brokerPort)}`;
  try {
    await withProgress(
      say,
      `waiting for the ${NAME} to answer on ${address}`,
      untilReady(server, { address, count: nodes.length }, logFile, signal),
    );
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { address, pid: server.pid, exited: server.exited, stop: () => server.stop(), kill: (s) => server.kill(s) };
}

function classPath(jars: string): string[] {
  return [
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-cp',
    join(jars, '*'),
  ];
}

/** Formats the storage under another name first: an incomplete folder must not look like a formatted one. */
async function format({
  java,
  jars,
  dataDir,
  node,
  nodes,
  clusterId,
  extras,
  say,
  signal,
}: NodeOptions): Promise<void> {
  const fresh = join(dataDir, 'data.unfinished');
  rmSync(fresh, { recursive: true, force: true });
  const settings = join(dataDir, 'format.properties');
  writeFileSync(settings, kafkaSettings(node, nodes, fresh, extras));
  const args = [
    '-XX:TieredStopAtLevel=1',
    ...classPath(jars),
    'kafka.tools.StorageTool',
    'format',
    // As one word: one of 64 ids begins with a dash.
    `--cluster-id=${clusterId}`,
    `--config=${settings}`,
    ...(extras?.scramUsers ?? []).map((user) => `--add-scram=${user}`),
  ];
  try {
    const run = await withProgress(say, "formatting the Kafka broker's storage", runTool(java, args, { signal }));
    if (run?.code !== 0)
      throw new Error(`The Kafka broker's storage ${fresh} could not be formatted:\n${run?.output ?? ''}`);
    renameSync(fresh, join(dataDir, 'data'));
  } finally {
    for (const left of [fresh, settings]) rmSync(left, { recursive: true, force: true });
  }
}

async function untilReady(
  server: ServerProcess,
  cluster: { readonly address: string; readonly count: number },
  logFile: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  let ended: string | undefined;
  void server.exited.then((why) => (ended = why));
  for (const until = Date.now() + READY_LIMIT_MS; Date.now() < until; await delay(100)) {
    signal?.throwIfAborted();
    if (ended !== undefined) throw new Error(`${ended}\nIt did not get ready.`);
    if (await answers(cluster)) return;
  }
  throw new Error(`The ${NAME} did not get ready within ${String(READY_LIMIT_MS / 1000)} s. ${lastLines(logFile)}`);
}

/** Returns whether all brokers are registered. An open port is not enough: a broker is usable once the controller has registered it. */
async function answers({ address, count }: { readonly address: string; readonly count: number }): Promise<boolean> {
  const kafka = new kafkajs.Kafka({
    brokers: [address],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 },
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length >= count;
  } catch {
    return false;
  } finally {
    await admin.disconnect();
  }
}
