/** The offset from which a partition is read: every rule of docs/architecture.md, with a real broker and database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import { findStarts } from '../../src/consumer/start.ts';
import { setOffset } from '../../src/store/tables/consumer-offset.ts';
import { award, command, createPets } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import { isStopped, untilReadyzContains, untilReadyzMatches } from '../support/instance.ts';
import type { Instance } from '../support/instance.ts';
import type { Rig } from '../support/rig.ts';
import { runScript } from '../support/script.ts';
import { createTopics, deleteTopic } from '../support/topics.ts';
import { until } from '../support/until.ts';

const OWNER = 9_001;
const NOT_READ = 'a partition is not read, with a reported reason, until the operator sets its offset';

let rig: Rig;
let admin: Admin;
let topic: string;
let groupId: string;

/** A partition of the command topic that one case has for itself. Its records award one closeness each to a pet of its own. */
class Part {
  readonly partition: number;
  /** The number of records that are sent before the first start of the service. */
  readonly first: number;
  #petId = 0;

  constructor(partition: number, first: number) {
    this.partition = partition;
    this.first = first;
  }

  async create(): Promise<void> {
    [this.#petId = 0] = await createPets(rig.database, OWNER + this.partition, 1);
    if (this.first > 0) await this.send(this.first);
  }

  send(count: number): Promise<void> {
    const one = () => ({ ...command(award(this.#petId, 1)), partition: this.partition });
    return rig.send(Array.from({ length: count }, one));
  }

  /** Returns how often a record was applied. */
  async applied(): Promise<number> {
    return (await rig.database.pet.findUniqueOrThrow({ where: { id: this.#petId } })).closeness;
  }

  untilApplied(count: number): Promise<void> {
    return until(`${String(count)} are never applied`, async () => (await this.applied()) === count);
  }

  /** Sets the offset by the operators' command. */
  set(offset: string) {
    return offsets('set', '--topic', topic, '--partition', String(this.partition), '--offset', offset);
  }

  /** Sets the offset as the operators' command does it, without the command. */
  setRow(next: bigint): Promise<void> {
    return setOffset(rig.database, groupId, { topic, partition: this.partition, next });
  }

  /** Changes only these columns of the row. */
  async changeRow(data: { readonly nextOffset: number; readonly lastTimestamp?: null }): Promise<void> {
    await rig.database.consumerOffset.updateMany({ where: { groupId, topic, partition: this.partition }, data });
  }

  /** Waits until an instance reports that the partition is not read, with this code. */
  untilReported(instance: Instance, code: string): Promise<void> {
    return untilReadyzMatches(instance, new RegExp(`${topic}/${String(this.partition)}: [^;]*\\(${code}\\)`));
  }
}

const parts: Part[] = [];
function newPart(first = 0): Part {
  const part = new Part(parts.length, first);
  parts.push(part);
  return part;
}

/** Sets the offsets of the group in Kafka, which must have no members. */
async function setKafkaOffsets(...offsetsOf: readonly (readonly [Part, string])[]): Promise<void> {
  const partitions = offsetsOf.map(([{ partition }, offset]) => ({ partition, offset }));
  await admin.setOffsets({ groupId, topic, partitions });
}

const offsets = (...args: readonly string[]) => runScript('offsets', args, rig.environment);
const stopAll = () => Promise.all(rig.instances.map((instance) => instance.stop()));

const fromFirst = newPart(3);
const fromKafka = newPart(5);
beforeAll(async () => {
  rig = await createRig({}, undefined, parts.length);
  topic = rig.environment[petCommand.env] ?? '';
  groupId = rig.environment['KAFKA_GROUP_ID'] ?? '';
  admin = kafkaClient(rig.environment['KAFKA_BROKERS'] ?? '').admin();
  await admin.connect();
  await Promise.all(parts.map((part) => part.create()));
  await setKafkaOffsets([fromKafka, '3']);
  await rig.start();
  await rig.settled();
});
afterAll(async () => {
  await admin.disconnect();
  await rig.close();
});

describe('a partition without an offset row starts', () => {
  const fromLatest = newPart();

  it('at the first record of its log', async () => {
    await fromFirst.untilApplied(3);
  });

  it("at the group's offset in Kafka, if it has one", async () => {
    await fromKafka.send(1);
    await fromKafka.untilApplied(3);
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
    await stopAll();
    await fromLatest.send(5);
    const latest = await rig.start({ KAFKA_GROUP_ID: `${groupId}-latest`, KAFKA_START: 'latest' });
    await fromLatest.send(2);
    await fromLatest.untilApplied(2);
    await latest.stop();
  });
});

describe('npm run offsets', () => {
  it('shows the offsets of the group, and copies its rows to another group', async () => {
    await stopAll();
    const shown = await offsets('show');
    expect(shown.status).toBe(0);
    expect(shown.stdout).toMatch(new RegExp(`${topic}\\n(?:.+\\n)+ +${String(fromFirst.partition)} +3 +0 +3 +0 +3\\n`));

    const renamed = await rig.begin({ KAFKA_GROUP_ID: `${groupId}-new` });
    await untilReadyzContains(renamed, 'GROUP_RENAMED');
    const copied = await offsets('copy', '--from', groupId, '--to', `${groupId}-new`);
    // Each of the three consumed topics has as many partitions.
    expect(copied.stdout).toContain(`${String(3 * parts.length)} rows`);
    await untilReadyzContains(renamed, '"ready"');
    await fromFirst.send(1);
    await fromFirst.untilApplied(4);
    await renamed.stop();
    expect((await offsets('copy', '--from', 'nobody', '--to', groupId)).status).toBe(1);
  });

  it.each([[['move']], [['set', '--offset', '1']], [['copy', '--from', 'x']], [['show', '--grop', 'x']]])(
    'exits with a usage error: %p',
    async (args) => {
      const { status, stderr } = await offsets(...args);
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('npm run offsets -- --help') });
    },
  );
});

describe('after a restart', () => {
  const aheadOfKafka = newPart(5);
  const behindKafka = newPart(5);
  const deleted = newPart(5);
  let instance: Instance;
  beforeAll(async () => {
    await stopAll();
    await setKafkaOffsets([aheadOfKafka, '0'], [behindKafka, '5']);
    for (const part of [aheadOfKafka, behindKafka]) await part.changeRow({ nextOffset: 3, lastTimestamp: null });
    await deleted.send(5);
    await rig.deleteRecords(deleted.partition, 8n);
    instance = await rig.begin({});
  });

  describe('the offset row decides', () => {
    const setBack = newPart(4);
    const setBackAmongOthers = newPart(4);
    const others = newPart();

    it.each([
      ['if it is greater than', aheadOfKafka],
      ['if it is less than', behindKafka],
    ])("%s the group's offset in Kafka", async (_name, part) => {
      await part.untilApplied(7);
      await part.send(1);
      await part.untilApplied(8);
    });

    it('also if the operator sets it back while no record arrives: records are applied again', async () => {
      await setBack.untilApplied(4);
      expect(await setBack.set('1')).toMatchObject({ status: 0, stdout: expect.stringContaining('is 1') });
      await setBack.untilApplied(7);
      await setBack.send(1);
      await setBack.untilApplied(8);
    });

    it('also if the operator sets it back while only other partitions get records', async () => {
      await setBackAmongOthers.untilApplied(4);
      const isOver = new AbortController();
      const traffic = (async () => {
        let sent = 0;
        for (; !isOver.signal.aborted; sent += 1) {
          await others.send(1);
          await sleep(200);
        }
        return sent;
      })();
      await setBackAmongOthers.setRow(1n);
      await setBackAmongOthers.untilApplied(7);
      isOver.abort();
      await others.untilApplied(await traffic);
    });
  });

  describe(NOT_READ, () => {
    const deletedWhileStopped = newPart(5);

    it('if records were deleted before they were applied', async () => {
      await deleted.untilReported(instance, 'OFFSET_LOST');
      expect(await deleted.applied()).toBe(5);
      expect((await deleted.set('earliest')).status).toBe(0);
      await deleted.untilApplied(7);
      await untilReadyzContains(instance, '"ready"');
    });

    it('if records were deleted while the process was stopped by SIGSTOP', async () => {
      await deletedWhileStopped.untilApplied(5);
      instance.process.kill('SIGSTOP');
      // A fetch that waits at the broker ends empty meanwhile: it waits 100 ms.
      await sleep(1_000);
      await deletedWhileStopped.send(10);
      await rig.deleteRecords(deletedWhileStopped.partition, 14n);
      instance.process.kill('SIGCONT');
      await deletedWhileStopped.untilReported(instance, 'OFFSET_LOST');
      expect(await deletedWhileStopped.applied()).toBe(5);
      await deletedWhileStopped.setRow(14n);
      await deletedWhileStopped.untilApplied(6);
    });
  });
});

describe(NOT_READ, () => {
  const deletedAfterFetch = newPart();
  const beyond = newPart(2);
  const createdAgain = newPart(3);
  let instance: Instance;
  beforeAll(async () => {
    await stopAll();
    await beyond.changeRow({ nextOffset: 1_000 });
    instance = await rig.begin({ FAULT_POINT: 'before-lock', FAULT_KIND: 'stop' });
  });

  it('if its offset is beyond the log', async () => {
    await beyond.untilReported(instance, 'OFFSET_BEYOND');
    expect(await beyond.set('1000')).toMatchObject({ status: 1, stderr: expect.stringContaining('0 to 2') });
    expect((await beyond.set('latest')).status).toBe(0);
  });

  it('if records were deleted after earlier ones were fetched, which are still applied', async () => {
    await deletedAfterFetch.send(5);
    await until('the instance does not stop', () => isStopped(instance));
    await sleep(1_000);
    await deletedAfterFetch.send(5);
    await rig.deleteRecords(deletedAfterFetch.partition, 9n);
    instance.process.kill('SIGCONT');
    await deletedAfterFetch.untilReported(instance, 'OFFSET_LOST');
    expect(await deletedAfterFetch.applied()).toBe(5);
    await deletedAfterFetch.setRow(9n);
    await deletedAfterFetch.untilApplied(6);
  });

  it('if the topic was created again and has as many records as before', async () => {
    await stopAll();
    await deleteTopic(admin, topic);
    await createTopics(admin, [{ topic, numPartitions: parts.length }]);
    // Only this case's partition has a row of the former log.
    for (const part of parts) if (part !== createdAgain) await part.setRow(0n);
    await until('nothing can be sent', () =>
      createdAgain
        .send(6)
        .then(() => true)
        .catch(() => false),
    );
    const second = await rig.begin({});
    await createdAgain.untilReported(second, 'OFFSET_OTHER_LOG');
    expect(await createdAgain.applied()).toBe(3);
    expect((await createdAgain.set('earliest')).status).toBe(0);
    await createdAgain.untilApplied(9);
    await untilReadyzContains(second, '"ready"');
  });
});
