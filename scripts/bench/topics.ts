import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { channels } from '../../generated/contract/channels.ts';
import type { ProducedRecord } from '../../generated/contract/record.ts';
import { readToEnd } from '../../src/transport/kafkajs-read-to-end.ts';
import { kafkaClient } from '../kafka/client.ts';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import { untilThere } from '../kafka/until-there.ts';
import type { Bench } from './scenario.ts';

export const PARTITIONS = 4;
const SENT_AT_ONCE = 2_000;
/** Without one more record for this long, the run has failed. Milliseconds. */
const PATIENCE = 30_000;
/** Milliseconds between two looks at how much was written, and between two lines that tell it. */
const LOOK_EVERY = 100;
const TELL_EVERY = 2_000;

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
    await untilThere(this.admin, topics);
  }

  async delete(): Promise<void> {
    await this.admin.deleteTopics({ topics: Object.values(this.variables) });
    await this.admin.disconnect();
  }

  /** Puts so many records there before the service starts. */
  async preload(channel: NamedChannel, count: number, recordOf: (index: number) => ProducedRecord): Promise<void> {
    const producer = kafkaClient(this.#brokers).producer();
    await producer.connect();
    for (let start = 0; start < count; start += SENT_AT_ONCE) {
      const length = Math.min(SENT_AT_ONCE, count - start);
      const messages = Array.from({ length }, (_, at) => messageOf(recordOf(start + at)));
      await producer.send({ topic: this.of(channel), messages });
    }
    await producer.disconnect();
    const there = await this.written(channel);
    if (there !== count) throw new Error(`${String(there)} records lie on the topic, ${String(count)} were sent`);
    this.#say(`${this.#run}: ${String(count)} records preloaded`);
  }

  /** How many records there are. */
  async written(channel: NamedChannel): Promise<number> {
    const bounds = await this.admin.fetchTopicOffsets(this.of(channel));
    return bounds.reduce((sum, { high }) => sum + Number(high), 0);
  }

  /**
   * Waits until so many records are there.
   *
   * @param count asked at each look.
   * @throws {Error} when no more of them come.
   */
  async untilWritten(channel: NamedChannel, count: () => number): Promise<void> {
    let last = 0;
    let lastAt = Date.now();
    let saidAt = Date.now();
    for (;;) {
      const now = await this.written(channel);
      if (now >= count()) return;
      if (now > last) {
        last = now;
        lastAt = Date.now();
      }
      const state = `${String(now)} of ${String(count())} events`;
      if (Date.now() - lastAt > PATIENCE) throw new Error(`no more events come: ${state}`);
      if (Date.now() - saidAt > TELL_EVERY) {
        this.#say(`${this.#run}: ${state}`);
        saidAt = Date.now();
      }
      await sleep(LOOK_EVERY);
    }
  }

  /** All records that are there now; each partition's in order. */
  async readAll(channel: NamedChannel): Promise<TopicRecord[]> {
    const records: TopicRecord[] = [];
    await readToEnd(kafkaClient(this.#brokers), this.of(channel), (record) => records.push(record), this.#say);
    return records;
  }
}

/** Creates topics for a run and deletes them after it. Their timestamps are the broker's: when each record was there. */
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
