/** Generated code and a real broker: what one role encodes, the other decodes. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin, Consumer, Producer } from 'kafkajs';
import { casesOf, decodedOf, encoded } from './cases.ts';
import type { Case } from './cases.ts';
import { generated, removeGenerated } from './rendered.ts';
import type { Generated } from './rendered.ts';

const DOCUMENTS = ['lighthouse.yaml', 'orchard.yaml', 'tram.yaml'];

/** Of each document, the code of both roles. */
const pairs: (readonly [Generated, Generated])[] = [];

let admin: Admin;
let producer: Producer;
let consumer: Consumer;

beforeAll(async () => {
  for (const name of DOCUMENTS) pairs.push([await generated(name, 'service'), await generated(name, 'client')]);
});

beforeAll(async () => {
  const brokers = (process.env['TEST_KAFKA_BROKERS'] ?? '').split(',');
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 20 } });
  admin = kafka.admin();
  producer = kafka.producer();
  consumer = kafka.consumer({ groupId: `generated-${randomUUID()}`, sessionTimeout: 10_000 });
  await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
});

afterAll(async () => {
  await Promise.all([admin.disconnect(), producer.disconnect(), consumer.disconnect()]);
  await removeGenerated();
});

/** An example on its way through a topic. */
interface Sent {
  readonly id: string;
  readonly topic: string;
  readonly one: Case;
  readonly record: ReturnType<typeof encoded>;
}

/** Encodes the examples by the role that sends them. Each gets a topic of its own. */
function toSend(sides: readonly Generated[]): Sent[] {
  return sides.flatMap((side) =>
    casesOf(side)
      .filter(({ channel }) => channel.direction === 'send' || (channel.direction === 'both' && side.role === 'client'))
      .map((one) => {
        const id = randomUUID();
        const { topicOf, name } = one.binding;
        const topic = topicOf?.({ row: id, 'tree-id': id, wing: id }) ?? `${name}-${id}`;
        return { id, topic, one, record: encoded(one) };
      }),
  );
}

describe('records of generated code', () => {
  it('are the same after they went through a broker', async () => {
    const sent = pairs.flatMap((sides) => toSend(sides).map((one) => ({ ...one, sides })));
    expect(sent.length).toBeGreaterThan(15);
    const topics = sent.map(({ topic }) => topic);
    await admin.createTopics({
      waitForLeaders: false,
      topics: topics.map((topic) => ({ topic, numPartitions: 1, replicationFactor: 1 })),
    });
    await producer.sendBatch({
      topicMessages: sent.map(({ topic, record }) => ({
        topic,
        messages: [{ ...record, headers: record.headers ?? {} }],
      })),
    });

    const received = new Map<string, unknown>();
    await consumer.subscribe({ topics, fromBeginning: true });
    await new Promise<void>((done, fail) => {
      consumer.on('consumer.crash', ({ payload }) => {
        // A broker that is still busy with a new group is asked again.
        if (!payload.restart) fail(payload.error);
      });
      const eachMessage = ({ topic, message }: { topic: string; message: unknown }) => {
        received.set(topic, message);
        if (received.size === sent.length) done();
        return Promise.resolve();
      };
      consumer.run({ eachMessage }).catch(fail);
    });

    for (const { topic, one, record, sides } of sent) {
      const { key, value, headers } = received.get(topic) as ReturnType<typeof encoded>;
      expect([topic, key]).toEqual([topic, record.key]);
      for (const side of sides) {
        const { decode, pattern } = side.channel(one.channel.name);
        expect([topic, side.role, decode({ key, value, ...(headers && { headers }) })]).toEqual([
          topic,
          side.role,
          decodedOf(one),
        ]);
        if (pattern !== undefined) expect(topic).toMatch(pattern);
      }
    }
  });
});
