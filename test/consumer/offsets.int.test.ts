/** The offset from which a partition is read: every rule of docs/architecture.md, with a real broker and database. */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { petCommand } from '../../generated/contract/channels/pet-command.ts';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import { findStarts } from '../../src/consumer/start.ts';
import { award, command, createPets } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import { isStopped, untilReadyzContains } from '../support/instance.ts';
import type { Rig } from '../support/rig.ts';
import { createTopics } from '../support/topics.ts';
import { until } from '../support/until.ts';

const PARTITION = 1;

let rig: Rig;
let admin: Admin;
let topic: string;
let groupId: string;
let petId: number;
beforeEach(async () => {
  rig = await createRig();
  topic = rig.environment[petCommand.env] ?? '';
  groupId = rig.environment['KAFKA_GROUP_ID'] ?? '';
  admin = kafkaClient(rig.environment['KAFKA_BROKERS'] ?? '').admin();
  await admin.connect();
  [petId = 0] = await createPets(rig.database, 9_001, 1);
});
afterEach(async () => {
  await admin.disconnect();
  await rig.close();
});

/** Sends awards of one closeness each: the pet's closeness is the number of applied ones. */
const send = (count: number) => {
  const one = () => ({ ...command(award(petId, 1)), partition: PARTITION });
  return rig.send(Array.from({ length: count }, one));
};
const applied = async () => (await rig.database.pet.findUniqueOrThrow({ where: { id: petId } })).closeness;

const untilApplied = (count: number) =>
  until(`${String(count)} are never applied`, async () => (await applied()) === count);

const offsets = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/operator/offsets.ts', ...args], {
    env: { ...rig.environment, NODE_OPTIONS: '' },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};
const set = (offset: string) => offsets('set', '--topic', topic, '--partition', String(PARTITION), '--offset', offset);

describe('a partition without an offset row starts', () => {
  it('at the first record of its log', async () => {
    await send(3);
    await rig.start();
    await untilApplied(3);
  });

  it("at the group's offset in Kafka, if it has one", async () => {
    await send(5);
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: PARTITION, offset: '3' }] });
    await rig.start();
    await send(1);
    await untilApplied(3);
  });

  it('at the same offset as the partition of an instance that started a moment earlier', async () => {
    const broker = {
      bounds: () => Promise.resolve(new Map([0, 1].map((partition) => [partition, { low: 0n, high: 7n }]))),
      committed: () => Promise.resolve(new Map<number, bigint>()),
    };
    const context = { database: rig.database, broker, group: 'both', start: 'latest' } as const;
    for (const partition of [0, 1]) {
      expect(await findStarts(context, [{ topic, partition }])).toMatchObject([{ partition, next: 7n }]);
    }
  });

  it('at the end of its log with KAFKA_START=latest', async () => {
    await send(5);
    await rig.start({ KAFKA_START: 'latest' });
    await send(2);
    await untilApplied(2);
  });
});

describe('the offset row decides', () => {
  it.each([
    ['if it is greater than', '0'],
    ['if it is less than', '5'],
  ])("%s the group's offset in Kafka", async (_name, offset) => {
    await send(5);
    const first = await rig.start();
    await untilApplied(5);
    await first.stop();
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: PARTITION, offset }] });
    await rig.database.consumerOffset.updateMany({ where: { topic, partition: PARTITION }, data: { nextOffset: 3, lastTimestamp: null } }); // prettier-ignore
    await rig.start();
    await untilApplied(7);
    await send(1);
    await untilApplied(8);
  });

  it('also if the operator sets it back while no record arrives: records are applied again', async () => {
    await send(4);
    await rig.start();
    await untilApplied(4);
    expect(set('1')).toMatchObject({ status: 0, stdout: expect.stringContaining('is 1') });
    await untilApplied(7);
    await send(1);
    await untilApplied(8);
  });

  it('also if the operator sets it back while only other partitions get records', async () => {
    await send(4);
    await rig.start();
    await untilApplied(4);
    const others = new AbortController();
    const traffic = (async () => {
      while (!others.signal.aborted) {
        await rig.send([{ ...command(award(petId, 0)), partition: PARTITION + 1 }]);
        await sleep(200);
      }
    })();
    expect(set('1').status).toBe(0);
    await untilApplied(7);
    others.abort();
    await traffic;
  });
});

describe('a partition is not read, with a reported reason, until the operator sets its offset', () => {
  it('if records were deleted before they were applied', async () => {
    await send(5);
    const first = await rig.start();
    await untilApplied(5);
    await first.stop();
    await send(5);
    await rig.deleteRecords(PARTITION, 8n);
    const instance = await rig.begin({});
    await untilReadyzContains(instance, 'OFFSET_LOST');
    expect(await applied()).toBe(5);
    expect(set('earliest').status).toBe(0);
    await untilApplied(7);
    await untilReadyzContains(instance, '"ready"');
  });

  it('if records were deleted while the process was stopped by SIGSTOP', async () => {
    await send(5);
    const instance = await rig.start();
    await untilApplied(5);
    instance.process.kill('SIGSTOP');
    // A fetch that waits at the broker ends empty meanwhile: it waits 100 ms.
    await sleep(1_000);
    await send(10);
    await rig.deleteRecords(PARTITION, 14n);
    instance.process.kill('SIGCONT');
    await untilReadyzContains(instance, 'OFFSET_LOST');
    expect(await applied()).toBe(5);
    expect(set('earliest').status).toBe(0);
    await untilApplied(6);
  });

  it('if records were deleted after earlier ones were fetched, which are still applied', async () => {
    const instance = await rig.start({ FAULT_POINT: 'before-lock', FAULT_KIND: 'stop' });
    await send(5);
    await until('the instance does not stop', () => isStopped(instance));
    await sleep(1_000);
    await send(5);
    await rig.deleteRecords(PARTITION, 9n);
    instance.process.kill('SIGCONT');
    await untilReadyzContains(instance, 'OFFSET_LOST');
    expect(await applied()).toBe(5);
    expect(set('earliest').status).toBe(0);
    await untilApplied(6);
  });

  it('if its offset is beyond the log', async () => {
    await send(2);
    const first = await rig.start();
    await untilApplied(2);
    await first.stop();
    await rig.database.consumerOffset.updateMany({
      where: { topic, partition: PARTITION },
      data: { nextOffset: 1_000 },
    });
    await untilReadyzContains(await rig.begin({}), 'OFFSET_BEYOND');
    expect(set('1000')).toMatchObject({ status: 1, stderr: expect.stringContaining('0 to 2') });
    expect(set('latest').status).toBe(0);
  });

  it('if the topic was created again and has as many records as before', async () => {
    await send(3);
    const first = await rig.start();
    await untilApplied(3);
    await first.stop();
    await admin.deleteTopics({ topics: [topic] });
    await until('the topic still exists', async () => !(await admin.listTopics()).includes(topic));
    await createTopics(admin, [{ topic, numPartitions: 4 }]);
    await until('nothing can be sent', () =>
      send(6)
        .then(() => true)
        .catch(() => false),
    );
    const instance = await rig.begin({});
    await untilReadyzContains(instance, 'OFFSET_OTHER_LOG');
    expect(await applied()).toBe(3);
    expect(set('earliest').status).toBe(0);
    await untilApplied(9);
    await untilReadyzContains(instance, '"ready"');
  });
});

describe('npm run offsets', () => {
  it('shows the offsets of the group, and copies its rows to another group', async () => {
    await send(3);
    const first = await rig.start();
    await untilApplied(3);
    await first.stop();
    const shown = offsets('show');
    expect(shown.status).toBe(0);
    expect(shown.stdout).toMatch(new RegExp(`${topic}\\n(?:.+\\n)+ +${String(PARTITION)} +3 +0 +3 +0 +3\\n`));

    const renamed = await rig.begin({ KAFKA_GROUP_ID: `${groupId}-new` });
    await untilReadyzContains(renamed, 'GROUP_RENAMED');
    expect(offsets('copy', '--from', groupId, '--to', `${groupId}-new`).stdout).toContain('12 rows');
    await untilReadyzContains(renamed, '"ready"');
    await send(1);
    await untilApplied(4);
    expect(offsets('copy', '--from', 'nobody', '--to', groupId).status).toBe(1);
  });

  it.each([[['move']], [['set', '--offset', '1']], [['copy', '--from', 'x']], [['show', '--grop', 'x']]])(
    'exits with a usage error: %p',
    (args) => {
      const { status, stderr } = offsets(...args);
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('npm run offsets -- --help') });
    },
  );
});
