import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { channels } from '../../generated/contract/channels.js';
import type { ProducedRecord } from '../../generated/contract/record.js';
import { readToEnd } from '../../src/transport/kafkajs-read-to-end.ts';
import { kafkaClient } from '../kafka/client.ts';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import { untilTopicsReady } from '../kafka/until-topics-ready.ts';
import type { Bench } from './scenario.ts';

export const PARTITIONS = 4;
const RECORDS_PER_SEND = 2_000;
/** The run fails if no further record comes for so long. */
const MAX_SILENCE_MS = 30_000;
const POLL_INTERVAL_MS = 100;
const PRINT_INTERVAL_MS = 2_000;

/** A channel of the contract. */
type NamedChannel = Pick<(typeof channels)[number], 'env'>;

/** The topics of one run. */
export class Topics {
  readonly #brokers: string;
  readonly #run: string;
  readonly #say: Bench['say'];
  readonly admin: Admin;
  /** The service's variables that name them. */
  readonly variables: Readonly<Record<string, string>>;

  constructor({ brokers, say }: Bench, run: string) {
    this.#brokers = brokers;
    this.#run = run;
    this.#say = say;
    this.admin = kafkaClient(brokers).admin();
    this.variables = Object.fromEntries(channels.map((channel) => [channel.env, `${run}.${channel.address}`]));
  }

  of({ env }: NamedChannel): string {
    return this.variables[env] ?? env;
  }

  async create(): Promise<void> {
    await this.admin.connect();
    const topics = Object.values(this.variables);
    await this.admin.createTopics({
      waitForLeaders: true,
      topics: topics.map((topic) => ({
        topic,
        numPartitions: PARTITIONS,
        configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
      })),
    });
    await untilTopicsReady(this.admin, topics);
  }

  async delete(): Promise<void> {
    await this.admin.deleteTopics({ topics: Object.values(this.variables) });
    await this.admin.disconnect();
  }

  /** Sends so many records before the service starts. */
  async preload(channel: NamedChannel, count: number, recordOf: (index: number) => ProducedRecord): Promise<void> {
    const producer = kafkaClient(this.#brokers).producer();
    await producer.connect();
    for (let start = 0; start < count; start += RECORDS_PER_SEND) {
      const length = Math.min(RECORDS_PER_SEND, count - start);
      const messages = Array.from({ length }, (_, at) => messageOf(recordOf(start + at)));
      await producer.send({ topic: this.of(channel), messages });
    }
    await producer.disconnect();
    const there = await this.written(channel);
    if (there !== count) throw new Error(`the topic has ${String(there)} records, ${String(count)} were sent`);
    this.#say(`${this.#run}: ${String(count)} records preloaded`);
  }

  /** Returns the number of records. */
  async written(channel: NamedChannel): Promise<number> {
    const bounds = await this.admin.fetchTopicOffsets(this.of(channel));
    return bounds.reduce((sum, { high }) => sum + Number(high), 0);
  }

  /**
   * Waits until the topic has so many records.
   *
   * @param count is called at each check.
   * @throws {Error} if no more of them come.
   */
  async untilWritten(channel: NamedChannel, count: () => number): Promise<void> {
    let last = 0;
    let lastAt = Date.now();
    let printedAt = Date.now();
    for (;;) {
      const now = await this.written(channel);
      if (now >= count()) return;
      if (now > last) {
        last = now;
        lastAt = Date.now();
      }
      const state = `${String(now)} of ${String(count())} events`;
      if (Date.now() - lastAt > MAX_SILENCE_MS) throw new Error(`no more events come: ${state}`);
      if (Date.now() - printedAt > PRINT_INTERVAL_MS) {
        this.#say(`${this.#run}: ${state}`);
        printedAt = Date.now();
      }
      await sleep(POLL_INTERVAL_MS);
    }
  }

  /** Returns all records that the topic has now; each partition's in order. */
  async readAll(channel: NamedChannel): Promise<TopicRecord[]> {
    const records: TopicRecord[] = [];
    await readToEnd(kafkaClient(this.#brokers), this.of(channel), (record) => records.push(record), this.#say);
    return records;
  }
}

/** Creates topics for a run and deletes them after it. Their timestamps are the broker's: the time when each record was written. */
export async function withTopics<Result>(
  bench: Bench,
  run: string,
  work: (topics: Topics) => Promise<Result>,
): Promise<Result> {
  const topics = new Topics(bench, run);
  await topics.create();
  try {
    return await work(topics);
  } finally {
    await topics.delete();
  }
}

/** A record as kafkajs takes it. */
export function messageOf({ key, value, headers }: ProducedRecord) {
  return { key, value, headers: headers as Record<string, Buffer | string> };
}
