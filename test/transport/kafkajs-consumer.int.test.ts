/** How a consumer comes back that its broker serves and yet cannot go on with. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Admin, Producer } from 'kafkajs';
import { pino } from 'pino';
import { untilThere } from '../../scripts/kafka/until-there.ts';
import type { GroupMembership } from '../../src/transport/broker.ts';
import { subscribe } from '../../src/transport/kafkajs-consumer.ts';
import kafkajs from '../../src/transport/kafkajs-mended.ts';
import { required } from '../support/database.ts';
import { until } from '../support/until.ts';

/** As the consumer has it. */
const LONGEST_DELAY_MS = 10_000;

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
  await untilThere(admin, [topic]);
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
        // What kafkajs takes for a bug ends its consumer at once.
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
const untilLost = (times: number) =>
  until(`it is not lost ${String(times)} times`, () => Promise.resolve(delays.length >= times));
const untilHandled = (times: number) =>
  until(`${String(times)} fetches are not handled`, () => Promise.resolve(handled >= times));

it('a consumer that joins its group and fails at its first fetch is rebuilt after growing delays', async () => {
  isHandled = () => false;
  await send();
  await untilLost(4);
  expect(delays).toEqual([500, 1_000, 2_000, 4_000]);
  // It was in the group between them. (A broker that has just started may not let it in the first time.)
  expect(health.filter((reason) => reason === undefined).length).toBeGreaterThanOrEqual(3);
});

it('so is one that handles a fetch and fails at the next; one that goes on for as long as the longest delay begins anew', async () => {
  for (const times of [1, 2, 3]) {
    isHandled = () => handled < times;
    await send();
    await untilHandled(times);
    await send();
    await untilLost(times);
  }
  isHandled = () => handled < 4;
  await untilHandled(4);
  await sleep(LONGEST_DELAY_MS);
  await send();
  await untilLost(4);
  expect(delays).toEqual([500, 1_000, 2_000, 500]);
});
