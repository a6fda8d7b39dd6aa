/** Which records the publisher sends, and in which order, if a topic, a row or a broker fails: promises 2, 3 and 6. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import { readConfig } from '../../src/config.ts';
import type { Config } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { Publisher } from '../../src/outbox/publisher.ts';
import { backlogOf, insertOutbox } from '../../src/store/tables/outbox.ts';
import { listParked, returnParked } from '../../src/store/tables/outbox-parked.ts';
import type { PendingRecord } from '../../src/store/tables/outbox.ts';
import { PublishError } from '../../src/transport/broker.ts';
import type { Broker } from '../../src/transport/broker.ts';
import { connectKafka } from '../../src/transport/kafkajs.ts';
import kafkajs from '../../src/transport/kafkajs-mended.ts';
import { startJavaPeer } from '../support/java-peer.ts';
import { holdLocks } from '../support/locks.ts';
import { createRig, PARTITIONS } from '../support/rig.ts';
import type { Rig, Seen } from '../support/rig.ts';
import { createTopics, deleteTopic } from '../support/topics.ts';
import { until } from '../support/until.ts';

const log = createLog('silent');
const CHANNELS = [petStatus.name, petCommandStatus.name, deadLetter.name];

let rig: Rig;
let config: Config;
let broker: Broker;
let publisher: Publisher | undefined;
let reason: string | undefined;
let throttling: string | undefined;
beforeAll(async () => {
  rig = await createRig({ 'max.message.bytes': '2000000' });
  config = readConfig(rig.environment);
  const { brokers, sessionTimeoutMs, compression, maxBatchBytes } = config;
  broker = await connectKafka({
    brokers,
    security: {},
    clientId: 'test',
    sessionTimeoutMs,
    compression,
    maxBatchBytes,
    log,
  });
});
afterAll(async () => {
  await broker.close();
  await rig.close();
});
afterEach(() => publisher?.stop());

function start(port: Pick<Broker, 'publish' | 'throttledMs'> = broker): Publisher {
  reason = undefined;
  throttling = undefined;
  publisher = new Publisher({
    database: rig.database,
    broker: port,
    channels: CHANNELS,
    topicOf: (channel) => config.topicOf(channel),
    floorOf: () => 0n,
    health: (why) => (reason = why),
    throttled: (why) => (throttling = why),
    log,
  });
  publisher.start();
  return publisher;
}

/** Inserts outbox rows of a stream, each with its number as its value. */
function commit(stream: string, numbers: readonly number[], channel: string = petStatus.name, size = 0) {
  const value = (number: number) => Buffer.from(String(number).padEnd(size));
  return insertOutbox(
    rig.database,
    numbers.map((number) => ({
      stream,
      channel,
      record: { key: Buffer.from(stream), value: value(number), headers: {} },
    })),
  );
}

/** Returns the numbers from `first` to before `last`. */
function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first }, (_, index) => first + index);
}

/** Returns the numbers of the sent records of a stream. */
function sentOf(seen: readonly Seen[], stream: string): number[] {
  return seen.filter(({ key }) => key?.toString() === stream).map(({ value }) => Number(value?.toString()));
}

function outboxRows(): Promise<number> {
  return rig.database.outbox.count();
}

it('sends everything once and in order, and has nothing in flight then', async () => {
  const publisher = start();
  // More than one send may hold, so that the rest of a claim is returned; and more than one claim.
  for (let round = 0; round < 6; round += 1) {
    const records = await commit('many', numbers(round * 1_500, (round + 1) * 1_500), petStatus.name, 1_000);
    publisher.publish(records);
  }
  await until('the outbox is not empty', async () => (await outboxRows()) === 0);
  await publisher.stop();
  expect(publisher.inFlightCount).toBe(0);
  const sent = sentOf(await rig.seen((seen) => sentOf(seen, 'many').length >= 9_000), 'many');
  expect(sent).toEqual(numbers(0, 9_000));
});

it('waits for a locked row with the rest of its stream, and sends other streams', async () => {
  const locked = await commit('held', [1, 2, 3]);
  const lock = await holdLocks(rig.database, `SELECT 1 FROM outbox WHERE id = ${String(locked[1]?.id)} FOR UPDATE`);
  const publisher = start();
  publisher.publish(locked);
  publisher.publish(await commit('held', [4]));
  publisher.publish(await commit('free', [1, 2]));
  const seen = await rig.seen((some) => sentOf(some, 'free').length === 2 && sentOf(some, 'held').length > 0);
  expect(sentOf(seen, 'held')).toEqual([1]);

  await until('the locked stream is not noticed', () =>
    Promise.resolve(publisher.heldStreams(petStatus.name).length > 0),
  );
  expect(publisher.inFlightCount).toBe(0);
  const channel = { channel: petStatus.name, floor: 0n };
  expect(await backlogOf(rig.database, channel, 10, publisher.heldStreams(petStatus.name))).toMatchObject({
    rows: 3,
    ageMs: 0,
  });
  publisher.publish(await commit('free', [3]));
  await rig.seen((some) => sentOf(some, 'free').length === 3);

  await lock.release();
  const after = await rig.seen((some) => sentOf(some, 'held').length === 4);
  expect(sentOf(after, 'held')).toEqual([1, 2, 3, 4]);
  expect(sentOf(after, 'free')).toEqual([1, 2, 3]);
  await until('the stream is still held', () => Promise.resolve(publisher.heldStreams(petStatus.name).length === 0));
});

it('sends each record of a stream once and in order if two publishers run', async () => {
  const [one, other] = [start(), start()];
  for (let number = 0; number < 200; number += 4) {
    one.publish(await commit('shared', [number, number + 1]));
    other.publish(await commit('shared', [number + 2, number + 3]));
  }
  await until('the outbox is not empty', async () => (await outboxRows()) === 0);
  await one.stop();
  const seen = await rig.seen((some) => sentOf(some, 'shared').length >= 200);
  expect(sentOf(seen, 'shared')).toEqual(numbers(0, 200));
});

it('does not repeat a send whose ack comes after the timeout', async () => {
  let sends = 0;
  const acked = Promise.withResolvers<undefined>();
  // The ack of the broker comes after the timeout.
  const slow: Pick<Broker, 'publish' | 'throttledMs'> = {
    throttledMs: () => 0,
    async publish(topic, records, milliseconds) {
      sends += 1;
      if (sends > 1) return broker.publish(topic, records, milliseconds);
      const underWay = acked.promise.then(() => broker.publish(topic, records, milliseconds));
      throw new PublishError('no ack', { underWay });
    },
  };
  const publisher = start(slow);
  const records: readonly PendingRecord[] = await commit('slow', [1, 2]);
  publisher.publish(records);
  await until('no reason is reported', () => Promise.resolve(reason !== undefined));
  expect(sends).toBe(1);
  publisher.publish(await commit('slow', [3]));
  acked.resolve(undefined);
  const seen = await rig.seen((some) => sentOf(some, 'slow').includes(3));
  expect(sentOf(seen, 'slow')).toEqual([1, 2, 3]);
  await until('the outbox is not empty', async () => (await outboxRows()) === 0);
  expect(sends).toBe(2);
});

it('sends throttled records later, and once', async () => {
  const clientId = `throttled-${randomUUID()}`;
  const { brokers, sessionTimeoutMs, compression, maxBatchBytes } = config;
  const peer = await startJavaPeer(brokers.join());
  await peer.setQuota(clientId, 'producer_byte_rate', 10_000);
  const slow = await connectKafka({
    brokers,
    security: {},
    clientId,
    sessionTimeoutMs,
    compression,
    maxBatchBytes,
    log,
  });
  const publisher = start(slow);
  // The quota applies to 10 s: the broker throttles for another 10 s, longer than one send may take.
  publisher.publish(await commit('quota', numbers(0, 200), petStatus.name, 1_000));
  await until('it is not throttled', () => Promise.resolve(throttling !== undefined));
  expect(throttling).toMatch(/The broker throttles records to .*\(BROKER_THROTTLES\)$/);
  publisher.publish(await commit('quota', numbers(200, 210)));
  publisher.publish(await commit('another', [1], petCommandStatus.name));
  await rig.seen((some) => sentOf(some, 'quota').length >= 210);
  await until('the outbox is not empty', async () => (await outboxRows()) === 0);
  await until('it is still throttled', () => Promise.resolve(throttling === undefined));
  const seen = await rig.settled();
  expect(sentOf(seen, 'quota')).toEqual(numbers(0, 210));
  expect(reason).toBeUndefined();
  await publisher.stop();
  await Promise.all([slow.close(), peer.close()]);
});

it('parks a record that is too large for its topic, and sends one that fits after compression', async () => {
  const topic = config.topicOf(deadLetter.name);
  const { brokers, sessionTimeoutMs, maxBatchBytes } = config;
  const gzip = await connectKafka({
    security: {},
    brokers,
    clientId: 'test',
    sessionTimeoutMs,
    compression: 'gzip',
    maxBatchBytes,
    log,
  });
  const publisher = start(gzip);
  const commitValue = (value: Buffer) =>
    insertOutbox(rig.database, [
      { stream: 'large', channel: deadLetter.name, record: { key: Buffer.from('large'), value, headers: {} } },
    ]);
  publisher.publish(await commitValue(Buffer.alloc(3_000_000, '1')));
  publisher.publish(await commitValue(randomBytes(3_000_000)));
  publisher.publish(await commit('large', [2], deadLetter.name));
  await rig.seen((some) => sentOf(some, 'large').length === 2);
  const [parked] = await listParked(rig.database);
  expect(parked?.reason).toMatch(/^it has 300\d\d\d\d bytes, and max.message.bytes of its topic is 2000000$/);

  // A row above the maximum of the service: the publisher does not even read it.
  await rig.database.$executeRawUnsafe(
    `INSERT INTO outbox (stream, channel, value, headers) VALUES ('large', '${deadLetter.name}', convert_to(repeat('x', 40000000), 'UTF8'), '{}')`,
  );
  await until('the record is not parked', async () => (await listParked(rig.database)).length === 2);
  const tooLarge = (await listParked(rig.database))[1];
  expect(tooLarge?.reason).toBe('it has 40000002 bytes, and the limit of the service is 33554432');
  // Not delete(), which would read the 40 MB of the row.
  await rig.database.outbox.deleteMany({ where: { id: tooLarge?.id ?? 0n } });

  const admin = kafkaClient(brokers.join()).admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: '4000000' }];
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }],
  });
  await until('the returned record is not sent', async () => {
    for (const one of await listParked(rig.database)) await returnParked(rig.database, one);
    return (await outboxRows()) === 0;
  });
  expect(sentOf(await rig.seen((some) => sentOf(some, 'large').length === 3), 'large')).toHaveLength(3);
  await publisher.stop();
  await Promise.all([admin.disconnect(), gzip.close()]);
});

it('reports a missing topic, and sends the records of others', async () => {
  const topic = config.topicOf(deadLetter.name);
  const admin = kafkaClient(rig.environment['KAFKA_BROKERS'] ?? '').admin();
  await admin.connect();
  await deleteTopic(admin, topic);
  const publisher = start();
  publisher.publish(await commit('both', [1], deadLetter.name));
  await until('no reason is reported', () => Promise.resolve(reason !== undefined));
  expect(reason).toBe(
    `Cannot send events to ${topic}. The service retries; if this lasts, check the broker. (EVENTS_CANNOT_LEAVE)`,
  );
  publisher.publish(await commit('both', [2], petCommandStatus.name));
  publisher.publish(await commit('both', [3], deadLetter.name));
  publisher.publish(await commit('other', [4]));
  await until('records of other topics are not sent', async () => (await outboxRows()) === 2);
  expect(await rig.database.outbox.count({ where: { channel: deadLetter.name } })).toBe(2);

  await createTopics(admin, [{ topic, numPartitions: PARTITIONS }]);
  await until('the outbox is not empty', async () => (await outboxRows()) === 0);
  await until('the reason is still reported', () => Promise.resolve(reason === undefined));
  await admin.disconnect();
});
