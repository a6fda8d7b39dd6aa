/** Where a partition is read from: every rule of docs/architecture.md, on the real parts. */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { petCommand } from '../../generated/contract/channels/pet-command.ts';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import { findStarts } from '../../src/consumer/start.ts';
import { award, command, createPets } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import { untilSays } from '../support/instance.ts';
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

/** Awards of one closeness each: how many were applied is the pet's closeness. */
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

describe('without a row', () => {
  it('a partition starts at the first record that there is', async () => {
    await send(3);
    await rig.start();
    await untilApplied(3);
  });

  it("at the group's offset in Kafka, where there is one", async () => {
    await send(5);
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: PARTITION, offset: '3' }] });
    await rig.start();
    await send(1);
    await untilApplied(3);
  });

  it('at the same place as the partitions of an instance that was a moment earlier', async () => {
    const broker = {
      bounds: () => Promise.resolve(new Map([0, 1].map((partition) => [partition, { low: 0n, high: 7n }]))),
      committed: () => Promise.resolve(new Map<number, bigint>()),
    };
    const context = { database: rig.database, broker, group: 'both', start: 'latest' } as const;
    for (const partition of [0, 1]) {
      expect(await findStarts(context, [{ topic, partition }])).toMatchObject([{ partition, next: 7n }]);
    }
  });

  it('at what comes, where KAFKA_START says so', async () => {
    await send(5);
    await rig.start({ KAFKA_START: 'latest' });
    await send(2);
    await untilApplied(2);
  });
});

describe('the row counts', () => {
  it.each([
    ['ahead of', '0'],
    ['behind', '5'],
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

  it('also when the operator moves it back while nothing comes, and records are applied again', async () => {
    await send(4);
    await rig.start();
    await untilApplied(4);
    expect(set('1')).toMatchObject({ status: 0, stdout: expect.stringContaining('is 1') });
    await untilApplied(7);
    await send(1);
    await untilApplied(8);
  });

  it('also when only other partitions have records', async () => {
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

describe('a partition is not read, and the service says why, until the operator has decided', () => {
  it('when records were deleted before they were applied', async () => {
    await send(5);
    const first = await rig.start();
    await untilApplied(5);
    await first.stop();
    await send(5);
    await rig.deleteRecords(PARTITION, 8n);
    const instance = await rig.begin({});
    await untilSays(instance, 'OFFSET_LOST');
    expect(await applied()).toBe(5);
    expect(set('earliest').status).toBe(0);
    await untilApplied(7);
    await untilSays(instance, '"ready"');
  });

  it('when they were deleted while it was stopped in its tracks', async () => {
    await send(5);
    const instance = await rig.start();
    await untilApplied(5);
    instance.process.kill('SIGSTOP');
    // If a fetch waits at the broker, it still gets what comes first. What comes then the service asks for too late.
    await send(5);
    await sleep(500);
    await send(5);
    await rig.deleteRecords(PARTITION, 14n);
    instance.process.kill('SIGCONT');
    await untilSays(instance, 'OFFSET_LOST');
    const before = await applied();
    expect([5, 10]).toContain(before);
    expect(set('earliest').status).toBe(0);
    await untilApplied(before + 1);
  });

  it('when its row is beyond the log', async () => {
    await send(2);
    const first = await rig.start();
    await untilApplied(2);
    await first.stop();
    await rig.database.consumerOffset.updateMany({
      where: { topic, partition: PARTITION },
      data: { nextOffset: 1_000 },
    });
    await untilSays(await rig.begin({}), 'OFFSET_BEYOND');
    expect(set('1000')).toMatchObject({ status: 1, stderr: expect.stringContaining('0 to 2') });
    expect(set('latest').status).toBe(0);
  });

  it('when the topic was created again, and is as long as before', async () => {
    await send(3);
    const first = await rig.start();
    await untilApplied(3);
    await first.stop();
    await admin.deleteTopics({ topics: [topic] });
    await until('the topic is not gone', async () => !(await admin.listTopics()).includes(topic));
    await createTopics(admin, [{ topic, numPartitions: 4 }]);
    await until('nothing can be sent', () =>
      send(6)
        .then(() => true)
        .catch(() => false),
    );
    const instance = await rig.begin({});
    await untilSays(instance, 'OFFSET_OTHER_LOG');
    expect(await applied()).toBe(3);
    expect(set('earliest').status).toBe(0);
    await untilApplied(9);
    await untilSays(instance, '"ready"');
  });
});

describe('npm run offsets', () => {
  it('shows where the group stands, and gives another its rows', async () => {
    await send(3);
    const first = await rig.start();
    await untilApplied(3);
    await first.stop();
    const shown = offsets('show');
    expect(shown.status).toBe(0);
    expect(shown.stdout).toMatch(new RegExp(`${topic}\\n(?:.+\\n)+ +${String(PARTITION)} +3 +0 +3 +0 +3\\n`));

    const renamed = await rig.begin({ KAFKA_GROUP_ID: `${groupId}-new` });
    await untilSays(renamed, 'GROUP_RENAMED');
    expect(offsets('copy', '--from', groupId, '--to', `${groupId}-new`).stdout).toContain('12 rows');
    await untilSays(renamed, '"ready"');
    await send(1);
    await untilApplied(4);
    expect(offsets('copy', '--from', 'nobody', '--to', groupId).status).toBe(1);
  });

  it.each([[['move']], [['set', '--offset', '1']], [['copy', '--from', 'x']], [['show', '--grop', 'x']]])(
    'says how it is used: %p',
    (args) => {
      const { status, stderr } = offsets(...args);
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('npm run offsets -- --help') });
    },
  );
});
