/** Logs of transactional producers, written by Kafka's Java client, with transaction markers and aborted transactions. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import { award, command, createPets } from '../support/commands.ts';
import { required } from '../support/database.ts';
import { isRunning, untilReadyzContains } from '../support/instance.ts';
import type { Instance } from '../support/instance.ts';
import { startJavaPeer } from '../support/java-peer.ts';
import type { JavaPeer } from '../support/java-peer.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Seen, Sendable } from '../support/rig.ts';
import { runScript } from '../support/script.ts';
import { createTopics, deleteTopic } from '../support/topics.ts';
import { until } from '../support/until.ts';

const OWNER = 8_400;
/** The producer without transactions, and those with. */
const PLAIN = 'plain';
const PRODUCERS = ['a', 'b', 'c'] as const;
/** A key that kafkajs takes for that of an abort marker. */
const MARKER_KEY = Buffer.alloc(4);

let java: JavaPeer;
let admin: Admin;
let rig: Rig;
let topic: string;
/** Each case has a partition and a pet of its own. */
let partition = -1;
let petId: number;
beforeAll(async () => {
  java = await startJavaPeer(required('TEST_KAFKA_BROKERS'));
  await java.open(PLAIN, 'none');
  for (const name of PRODUCERS) await java.open(name, 'none', `transactions-${name}`);
  admin = kafkaClient(required('TEST_KAFKA_BROKERS')).admin();
  await admin.connect();
  rig = await createRig();
  topic = rig.environment[petCommand.env] ?? '';
});
afterAll(async () => {
  await java.close();
  await admin.disconnect();
  await rig.close();
});
beforeEach(async () => {
  partition += 1;
  [petId = 0] = await createPets(rig.database, OWNER + partition, 1);
});

/** Returns the instance that the case before has left running, or a new one. */
async function running(): Promise<Instance> {
  return rig.instances.findLast(isRunning) ?? (await rig.start());
}

/** Returns awards of these amounts, with so many additional bytes. */
const awards = (amounts: readonly number[], padding = 0, key?: Buffer): Sendable[] =>
  amounts.map((amount) => {
    const record = command(award(petId, amount));
    const value = Buffer.concat([record.value ?? Buffer.alloc(0), Buffer.alloc(padding, ' ')]);
    return { ...record, value, ...(key !== undefined && { key }) };
  });
/** Sends records in a batch of their own, within the producer's transaction if it has one. */
async function send(name: string, records: readonly Sendable[]): Promise<void> {
  await java.send(name, topic, partition, records);
  await java.flush(name);
}
async function transaction(name: string, end: 'commit' | 'abort', records: readonly Sendable[]): Promise<void> {
  await java.begin(name);
  await send(name, records);
  await java[end](name);
}
/** Waits until the log ends at this offset: a commit or an abort is acked before its marker is in the log. */
const untilEnd = (end: number) =>
  until(`the log never ends at ${String(end)}`, async () => {
    const bounds = await admin.fetchTopicOffsets(topic);
    return bounds.find((bound) => bound.partition === partition)?.high === String(end);
  });
const closeness = async () => (await rig.database.pet.findUniqueOrThrow({ where: { id: petId } })).closeness;
const row = () => rig.database.consumerOffset.findFirstOrThrow({ where: { topic, partition } });
/** Returns the amounts that were applied to the pet, in order. */
const amountsOf = (seen: readonly Seen[]) =>
  seen
    .filter(({ channel }) => channel === petStatus.name)
    .map(({ value }) => JSON.parse(String(value)) as PetStatusEvent)
    .flatMap((event) => (event.type === 'CLOSENESS_CHANGED' && event.petId === petId ? event.body.amount : []));

describe('transactions', () => {
  it('are applied if they were committed, in order, however they overlap', async () => {
    const expected: number[] = [];
    let amount = 1;
    /** Returns awards with amounts of their own, and adds the amounts to `expected` if they must be applied. */
    const some = (count: number, isApplied: boolean, padding = 0, key?: Buffer) => {
      const amounts = Array.from({ length: count }, () => amount++);
      if (isApplied) expected.push(...amounts);
      return awards(amounts, padding, key);
    };

    // Overlapping transactions: first all aborted, then ended in another order than they began.
    for (const [ends, order] of [
      [{ a: 'abort', b: 'abort', c: 'abort' }, 'abc'],
      [{ a: 'abort', b: 'commit', c: 'abort' }, 'cba'],
      [{ a: 'commit', b: 'abort', c: 'commit' }, 'bca'],
    ] as const) {
      for (const name of PRODUCERS) await java.begin(name);
      for (let round = 0; round < 2; round += 1) {
        for (const name of PRODUCERS) await send(name, some(1, ends[name] === 'commit'));
        await send(PLAIN, some(1, true));
      }
      for (const name of order) await java[ends[name as 'a']](name);
      await send(PLAIN, some(1, true));
    }

    // Keys that look like those of markers: in plain records, and in committed and aborted ones.
    await send(PLAIN, some(2, true, 0, MARKER_KEY));
    await java.begin('a');
    await java.begin('b');
    for (const [name, isApplied] of [
      ['a', false],
      ['b', true],
      ['a', false],
      ['b', true],
    ] as const) {
      // prettier-ignore
      await send(name, some(1, isApplied, 0, MARKER_KEY));
      await send(name, some(1, isApplied));
    }
    await java.abort('a');
    await send(PLAIN, some(1, true, 0, MARKER_KEY));
    await java.commit('b');

    // 3 MB by two alternating producers, of which one aborts: more than a fetch returns. A third one begins and ends meanwhile.
    await java.begin('a');
    await java.begin('b');
    for (let round = 0; round < 15; round += 1) {
      await send('a', some(1, false, 100_000));
      await send('b', some(1, true, 100_000));
      if (round % 5 === 0) await transaction('c', round === 5 ? 'commit' : 'abort', some(2, round === 5));
    }
    await java.abort('a');
    await java.commit('b');

    // The same producer alternates between small committed and large aborted transactions.
    for (const end of ['abort', 'commit', 'abort', 'abort', 'commit'] as const) {
      await transaction('a', end, some(2, end === 'commit', end === 'commit' ? 0 : 300_000));
    }
    await send(PLAIN, some(1, true));

    const first = await rig.start();
    // Cross-checks the expectation with what Java's own consumer reads.
    const values = await java.read(topic, partition, expected.length);
    expect(values.map((value) => (JSON.parse(value ?? '') as { body: { amount: number } }).body.amount)).toEqual(
      expected,
    );
    expect(amountsOf(await rig.settled())).toEqual(expected);
    expect(await closeness()).toBe(expected.reduce((sum, one) => sum + one, 0));
    expect(first.output()).not.toContain('not ready');
  });
});

describe('transaction markers', () => {
  // The cases continue with the instance of the case before.
  it('advance the offset row, so that their deletion by retention is not reported as a loss', async () => {
    const first = await running();
    await transaction('a', 'commit', awards([1, 2, 3, 4, 5]));
    await untilEnd(6);
    await rig.settled();
    expect(await row()).toMatchObject({ nextOffset: 6n, lastOffset: 4n });
    // Consumers see only a marker of it.
    await transaction('a', 'abort', awards([100, 100]));
    await untilEnd(9);
    await rig.settled();
    expect(await row()).toMatchObject({ nextOffset: 9n, lastOffset: 4n });
    await until("Kafka's offset does not follow", async () => {
      const [group] = await admin.fetchOffsets({ groupId: rig.environment['KAFKA_GROUP_ID'] ?? '', topics: [topic] });
      return group?.partitions.find((committed) => committed.partition === partition)?.offset === '9';
    });
    await first.stop();
    await rig.deleteRecords(partition);

    const second = await rig.start();
    await transaction('b', 'commit', awards([6]));
    await untilEnd(11);
    await rig.settled();
    expect(await closeness()).toBe(21);
    await second.stop();
    await rig.deleteRecords(partition);
    await rig.start();
    await send(PLAIN, awards([7]));
    await rig.settled();
    expect(await closeness()).toBe(28);
    expect(rig.instances.some((instance) => instance.output().includes('OFFSET_LOST'))).toBe(false);
  });

  it('do not hide a loss of records that were deleted before they were applied', async () => {
    const first = await running();
    await transaction('a', 'commit', awards([1, 2]));
    await untilEnd(3);
    await rig.settled();
    await first.stop();
    await transaction('a', 'commit', awards([4]));
    await untilEnd(5);
    await rig.deleteRecords(partition);
    const second = await rig.begin({});
    const lost = 'The next record to apply is 3, and the log starts at 5';
    await untilReadyzContains(second, `${topic}/${String(partition)}: ${lost}`);
    const target = ['--topic', topic, '--partition', String(partition), '--offset', 'earliest'];
    expect(await runScript('offsets', ['set', ...target], rig.environment)).toMatchObject({ status: 0 });
    expect(await row()).toMatchObject({ nextOffset: 5n, lastOffset: null, lastTimestamp: null });
    await rig.ready(second);
    await transaction('a', 'commit', awards([8]));
    await untilEnd(7);
    await rig.settled();
    expect(await closeness()).toBe(11);
  });

  it('do not prevent the detection of a topic that was created again', async () => {
    const first = await running();
    await transaction('a', 'commit', awards([1, 2]));
    await untilEnd(3);
    await rig.settled();
    await first.stop();
    await deleteTopic(admin, topic);
    await createTopics(admin, [{ topic, numPartitions: 4 }]);
    const isSent = () =>
      rig.send(awards([10, 10, 10, 10]).map((record) => ({ ...record, partition }))).then(
        () => true,
        () => false,
      );
    await until('nothing can be sent', isSent);
    // The rows of all other partitions are beyond the new log.
    const second = await rig.begin({});
    await untilReadyzContains(second, `${topic}/${String(partition)}: Record 1 was applied with timestamp`);
    expect(await closeness()).toBe(3);
  });
});
