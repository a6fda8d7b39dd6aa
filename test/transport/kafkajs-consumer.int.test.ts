/** How a consumer recovers that crashes although its broker serves it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Admin, Producer } from 'kafkajs';
import { pino } from 'pino';
import { untilTopicsReady } from '../../scripts/kafka/until-topics-ready.ts';
import type { GroupMembership } from '../../src/transport/broker.ts';
import { subscribe } from '../../src/transport/kafkajs-consumer.ts';
import kafkajs from '../../src/transport/kafkajs-mended.ts';
import { required } from '../support/database.ts';
import { until } from '../support/until.ts';

/** The constant of the consumer. */
const MAX_DELAY_MS = 10_000;

/** Whether a fetch is handled; if not, the consumer crashes. */
let isHandled: () => boolean;
let handled: number;
let health: (string | undefined)[];
let delays: number[];
let admin: Admin;
let producer: Producer;
let topic: string;
let consumer: GroupMembership;

beforeEach(async () => {
  [isHandled, handled, health, delays] = [() => true, 0, [], []];
  topic = `t_${randomUUID()}`;
  const kafka = new kafkajs.Kafka({
    brokers: required('TEST_KAFKA_BROKERS').split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  });
  admin = kafka.admin();
  producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
  await untilTopicsReady(admin, [topic]);
  consumer = await subscribe(
    kafka,
    {
      groupId: topic,
      topics: [topic],
      from: 'earliest',
      assigned(partitions) {
        for (const partition of partitions) consumer.resume(partition);
        return Promise.resolve();
      },
      rebalancing: () => undefined,
      fetched() {
        // kafkajs takes a TypeError for a bug, and ends its consumer at once.
        if (!isHandled()) throw new TypeError('a fault of a test');
        handled += 1;
      },
      health: (reason) => void health.push(reason),
    },
    { sessionTimeoutMs: 6_000, maxBatchBytes: 1_000_000, log: pino({ level: 'debug' }, { write: readLine }) },
  );
});
afterEach(async () => {
  await consumer.stop();
  await admin.deleteTopics({ topics: [topic] });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
});

function readLine(line: string): void {
  const { retryInMs } = JSON.parse(line) as { retryInMs?: number };
  if (retryInMs !== undefined) delays.push(retryInMs);
}

const send = () => producer.send({ topic, messages: [{ value: 'x' }] });
const untilCrashed = (times: number) =>
  until(`it has not crashed ${String(times)} times`, () => Promise.resolve(delays.length >= times));
const untilHandled = (times: number) =>
  until(`${String(times)} fetches are not handled`, () => Promise.resolve(handled >= times));

it('rebuilds a consumer that joins its group and fails at its first fetch, after growing delays', async () => {
  isHandled = () => false;
  await send();
  await untilCrashed(4);
  expect(delays).toEqual([500, 1_000, 2_000, 4_000]);
  // It was in the group between the crashes. (A broker that has just started may refuse the first join.)
  expect(health.filter((reason) => reason === undefined).length).toBeGreaterThanOrEqual(3);
});

it('rebuilds one that fails after some fetches likewise; the delay is reset if it runs for the maximum delay', async () => {
  for (const times of [1, 2, 3]) {
    isHandled = () => handled < times;
    await send();
    await untilHandled(times);
    await send();
    await untilCrashed(times);
  }
  isHandled = () => handled < 4;
  await untilHandled(4);
  await sleep(MAX_DELAY_MS);
  await send();
  await untilCrashed(4);
  expect(delays).toEqual([500, 1_000, 2_000, 500]);
});
