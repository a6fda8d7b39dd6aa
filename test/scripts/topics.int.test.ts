/** `npm run topics`: which topics it creates, with how many partitions, and what it says of them. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { channels } from '../../generated/contract/channels.ts';
import { characterStatus } from '../../generated/contract/channels/character-status.ts';
import { kafkaClient } from '../../scripts/kafka/read-topics.ts';
import { required } from '../support/database.ts';
import { runScript } from '../support/script.ts';

let admin: Admin;
let names: Record<string, string>;
beforeEach(async () => {
  const prefix = `t_${randomUUID().slice(0, 8)}`;
  names = Object.fromEntries(channels.map(({ env, address }) => [env, `${prefix}.${address}`]));
  admin = kafkaClient(required('TEST_KAFKA_BROKERS')).admin();
  await admin.connect();
});
afterEach(async () => {
  const created = new Set(await admin.listTopics());
  await admin.deleteTopics({ topics: Object.values(names).filter((name) => created.has(name)) });
  await admin.disconnect();
});

const run = (...args: readonly string[]) =>
  runScript('topics', args, { ...process.env, ...names, KAFKA_BROKERS: required('TEST_KAFKA_BROKERS') });

/** How many partitions each of the topics has. */
async function counts(): Promise<Record<string, number>> {
  const { topics } = await admin.fetchTopicMetadata({ topics: Object.values(names) });
  return Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.length]));
}

const characters = () => names[characterStatus.env] ?? '';
const all = (count: number) => Object.fromEntries(Object.values(names).map((name) => [name, count]));

describe('npm run topics', () => {
  it('creates the partitions of the contract, and says so; a topic that exists keeps its own', async () => {
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic: characters(), numPartitions: 2 }] });
    const { status, stdout, stderr } = await run();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(await counts()).toEqual({ ...all(4), [characters()]: 2 });
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(channels.length);
    const commands = String(names['COMMAND_TOPIC_PET']);
    expect(lines).toContain(
      `created  ${commands}: 4 partitions, as asyncapi.yaml says; keyed by petId, so the commands of one pet keep their order`,
    );
    expect(lines).toContain(
      `present  ${characters()}: 2 partitions, left as it is (asyncapi.yaml says 4); ` +
        'keyed by characterId, so the events of one character keep their order',
    );
  });

  it('creates as many as --partitions says, of every topic', async () => {
    const { status, stdout } = await run('--partitions', '1');
    expect(status).toBe(0);
    expect(await counts()).toEqual(all(1));
    expect(stdout).toContain(`created  ${characters()}: 1 partition, as --partitions says; keyed by characterId`);
    const again = await run('--partitions', '1');
    expect(again.stdout).toContain(`present  ${characters()}: 1 partition, as --partitions says; keyed`);
    const others = await run('--partitions', '3');
    expect(others.stdout).toContain(
      `present  ${characters()}: 1 partition, left as it is (--partitions says 3); keyed`,
    );
    expect(await counts()).toEqual(all(1));
  });

  it.each(['0', '1001', '-1', '2.5', '1e2', 'four', ''])(
    'refuses %p partitions, and creates nothing',
    async (count) => {
      const { status, stdout, stderr } = await run(`--partitions=${count}`);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toBe(
        `npm run topics: --partitions takes a number from 1 to 1000, not "${count}". See: npm run topics -- --help\n`,
      );
      const created = new Set(await admin.listTopics());
      expect(Object.values(names).filter((name) => created.has(name))).toEqual([]);
    },
  );
});
