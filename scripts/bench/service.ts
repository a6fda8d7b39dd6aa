import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { channels } from '../../generated/contract/channels.ts';
import { petCommand } from '../../generated/contract/channels/pet-command.ts';
import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import { kafkaClient, readTopics } from '../kafka/read-topics.ts';
import type { TopicRecord } from '../kafka/read-topics.ts';
import { untilThere } from '../kafka/until-there.ts';
import { toRecord } from './award-workload.ts';
import type { Award } from './award-workload.ts';
import { cpuSeconds } from './cpu.ts';

export const PARTITIONS = 4;
const HTTP_PORT = 18_080;
export const HTTP_URL = `http://127.0.0.1:${String(HTTP_PORT)}`;
/** Without one more event for this long, the run has failed. Milliseconds. */
const PATIENCE = 30_000;

export interface ServiceRun {
  /** First fetch to last event on the topic. */
  readonly seconds: number;
  readonly events: readonly TopicRecord[];
  /** CPU seconds between the same two moments. */
  readonly cpu: { readonly service: number; readonly broker: number; readonly database: number };
}

export interface Parts {
  readonly brokers: string;
  readonly brokerPid: number;
  readonly databasePid: number;
}

/** Topics of one run, under names of its own. The events' timestamps are the broker's: they tell when each was there. */
export async function createTopics(admin: Admin, run: string): Promise<Record<string, string>> {
  const topics = Object.fromEntries(channels.map((channel) => [channel.env, `${run}.${channel.address}`]));
  await admin.createTopics({
    waitForLeaders: true,
    topics: Object.values(topics).map((topic) => ({
      topic,
      numPartitions: PARTITIONS,
      configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
    })),
  });
  await untilThere(admin, Object.values(topics));
  return topics;
}

/** Runs the service over preloaded awards, until every event is on the topic. */
export async function runService(
  parts: Parts,
  run: string,
  databaseUrl: string,
  sent: readonly Award[],
  expectedEvents: number,
  say: (line: string) => void,
): Promise<ServiceRun> {
  const kafka = kafkaClient(parts.brokers);
  const admin = kafka.admin();
  await admin.connect();
  const topics = await createTopics(admin, run);
  const topicOf = ({ env }: { env: string }) => topics[env] ?? env;

  const producer = kafka.producer();
  await producer.connect();
  for (let start = 0; start < sent.length; start += 2_000) {
    const messages = sent.slice(start, start + 2_000).map((award) => {
      const { key, value, headers } = toRecord(award);
      return { key, value, headers: headers as Record<string, Buffer | string> };
    });
    await producer.send({ topic: topicOf(petCommand), messages });
  }
  await producer.disconnect();
  const preloaded = await written(admin, topicOf(petCommand));
  if (preloaded !== sent.length)
    throw new Error(`${String(preloaded)} commands lie on the topic, ${String(sent.length)} were sent`);
  say(`${String(sent.length)} commands preloaded`);

  // The line comes right after the partitions are resumed: the first fetch follows it.
  let begun: { at: number; cpu: ServiceRun['cpu'] } | undefined;
  const service = spawnService(parts, run, databaseUrl, topics, say, ({ msg, time }) => {
    if (msg === 'partitions assigned') begun ??= { at: time, cpu: service.cpu() };
  });

  try {
    const end = await untilWritten(admin, topicOf(petStatus), expectedEvents, say);
    if (begun === undefined || !end) throw new Error('the service did not publish every event');
    const after = service.cpu();
    const events = await readAll(parts.brokers, topicOf(petStatus));
    const last = events.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0);
    const { at, cpu: before } = begun;
    return {
      seconds: (last - at) / 1000,
      events,
      cpu: {
        service: after.service - before.service,
        broker: after.broker - before.broker,
        database: after.database - before.database,
      },
    };
  } finally {
    await service.stop();
    await admin.deleteTopics({ topics: Object.values(topics) });
    await admin.disconnect();
  }
}

/** The least level of pino that tells of trouble. */
const WARN = 40;

interface LogLine {
  readonly msg: string;
  readonly time: number;
  readonly level: number;
}

/** Starts the service, and says what it warns of: that would spoil a figure. */
export function spawnService(
  parts: Parts,
  run: string,
  databaseUrl: string,
  topics: Readonly<Record<string, string>>,
  say: (line: string) => void,
  read: (line: LogLine) => void = () => undefined,
) {
  const child = spawn(process.execPath, ['src/main.ts'], {
    env: {
      ...process.env,
      ...topics,
      KAFKA_BROKERS: parts.brokers,
      KAFKA_GROUP_ID: run,
      DATABASE_URL: databaseUrl,
      HTTP_PORT: String(HTTP_PORT),
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as LogLine;
    if (line.level >= WARN) say(`the service says: ${text}`);
    read(line);
  });
  return {
    cpu: () => ({
      service: cpuSeconds(child.pid ?? 0),
      broker: cpuSeconds(parts.brokerPid),
      database: cpuSeconds(parts.databasePid),
    }),
    async stop() {
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGTERM')) await ended;
    },
  };
}

export async function written(admin: Admin, topic: string): Promise<number> {
  return (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
}

async function untilWritten(admin: Admin, topic: string, count: number, say: (line: string) => void): Promise<boolean> {
  let last = 0;
  let lastAt = Date.now();
  let saidAt = Date.now();
  while (Date.now() - lastAt < PATIENCE) {
    const now = await written(admin, topic);
    if (now >= count) return true;
    if (now > last) {
      last = now;
      lastAt = Date.now();
    }
    if (Date.now() - saidAt > 2_000) {
      say(`${String(now)} of ${String(count)} events`);
      saidAt = Date.now();
    }
    await sleep(100);
  }
  return false;
}

async function readAll(brokers: string, topic: string): Promise<TopicRecord[]> {
  const kafka = kafkaClient(brokers);
  const admin = kafka.admin();
  await admin.connect();
  const count = await written(admin, topic);
  await admin.disconnect();
  const records: TopicRecord[] = [];
  const all = Promise.withResolvers<undefined>();
  const reader = await readTopics(kafka, [topic], 'start', (some) => {
    records.push(...some);
    if (records.length >= count) all.resolve(undefined);
  });
  await all.promise;
  await reader.close();
  return records;
}
