import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import { cpuOf, cpuPerRecord } from './cpu.ts';
import type { Cpu } from './cpu.ts';
import type { Bench } from './scenario.ts';
import type { Topics } from './topics.ts';

const HTTP_PORT = 18_080;
const HTTP_URL = `http://127.0.0.1:${String(HTTP_PORT)}`;
const MAX_START_MS = 60_000;
/** Levels of log lines that are printed. */
const WARNING_LEVELS = new Set(['warn', 'error', 'fatal']);

interface LogLine {
  readonly msg: string;
  /** ISO 8601. */
  readonly time: string;
  readonly level: string;
}

export interface ServiceOptions {
  /** The name of the run, and of the service's group. */
  readonly run: string;
  readonly databaseUrl: string;
  readonly topics: Topics;
  /** Variables in addition to those of every run. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Processes whose CPU time is measured in addition to service, broker and database. */
  readonly pids?: Readonly<Record<string, number>>;
  /** Gets its log lines. */
  read?(line: LogLine): void;
}

/** Starts the service, and prints its warnings: their cause would spoil a figure. */
export function spawnService(bench: Bench, { run, databaseUrl, topics, variables, pids, read }: ServiceOptions) {
  const child = spawn(process.execPath, ['src/launch.ts'], {
    env: {
      ...process.env,
      ...topics.variables,
      ...variables,
      KAFKA_BROKERS: bench.brokers,
      KAFKA_GROUP_ID: run,
      DATABASE_URL: databaseUrl,
      HTTP_PORT: String(HTTP_PORT),
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as LogLine;
    if (WARNING_LEVELS.has(line.level)) bench.say(`the service logs: ${text}`);
    read?.(line);
  });
  const all = { service: child.pid ?? 0, broker: bench.brokerPid, database: bench.databasePid, ...pids };
  return {
    cpu: () => cpuOf(all),
    /** Resolves when it is ready. */
    async ready() {
      for (const deadline = Date.now() + MAX_START_MS; Date.now() < deadline; await sleep(50)) {
        const answer = await fetch(`${HTTP_URL}/readyz`).catch(() => undefined);
        if (answer?.ok) return;
      }
      throw new Error('the service does not get ready');
    },
    async stop() {
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGTERM')) await ended;
    },
  };
}

export type BenchService = ReturnType<typeof spawnService>;

export interface Preloaded {
  /** First fetch to last event on the topic. */
  readonly seconds: number;
  readonly events: readonly TopicRecord[];
  /** Microseconds a record between the same two moments. */
  readonly cpu: Cpu;
}

/** Runs the service over so many preloaded records, until every event is on the topic. */
export async function runPreloaded(
  bench: Bench,
  options: ServiceOptions,
  records: number,
  expectedEvents: number,
): Promise<Preloaded> {
  // The line comes right after the partitions are resumed: the first fetch follows it.
  let begun: { at: number; cpu: Cpu } | undefined;
  const service = spawnService(bench, {
    ...options,
    read: ({ msg, time }) => {
      if (msg === 'partitions assigned') begun ??= { at: Date.parse(time), cpu: service.cpu() };
    },
  });
  try {
    await options.topics.untilWritten(petStatus, () => expectedEvents);
    const after = service.cpu();
    if (begun === undefined) throw new Error('the service did not log the start of its work');
    const events = await options.topics.readAll(petStatus);
    const last = events.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0);
    return { seconds: (last - begun.at) / 1_000, events, cpu: cpuPerRecord(begun.cpu, after, records) };
  } finally {
    await service.stop();
  }
}
