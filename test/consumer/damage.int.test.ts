/** Unreadable batches: the partition stops there and is reported, all others continue. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { award, command, createPets, sendable, TENANT } from '../support/commands.ts';
import { movementsThat } from '../support/movements.ts';
import { isRunning, readyz, untilReadyzContains } from '../support/instance.ts';
import type { Instance } from '../support/instance.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { runScript } from '../support/script.ts';
import { damageBatch } from '../support/segment.ts';
import { until } from '../support/until.ts';

const OWNER = 8_300;
/** Two cases share these: one has the first four, one the last two. */
const PARTITIONS = 6;
/** A busy machine needs long for a batch of 120 MB. */
const LARGE_BATCH_TIMEOUT_MS = 60_000;

let rig: Rig;
let topic: string;
/** Each case has an owner and a pet of its own. */
let owner = OWNER;
let petId: number;
beforeAll(async () => {
  rig = await createRig({}, undefined, PARTITIONS);
  topic = rig.environment[petCommand.env] ?? '';
});
afterAll(() => rig.close());
beforeEach(async () => {
  owner += 1;
  [petId = 0] = await createPets(rig.database, owner, 1);
});

const closeness = async () => (await rig.database.pet.findUniqueOrThrow({ where: { id: petId } })).closeness;
const untilCloseness = (amount: number) =>
  until(`closeness is never ${String(amount)}`, async () => (await closeness()) === amount);
/** Sends a batch of two awards with `amount` as their sum. */
const send = (partition: number, amount: number, compression: 'none' | 'gzip' = 'none') =>
  rig.send(
    [1, amount - 1].map((one) => ({ ...command(award(petId, one)), partition })),
    petCommand,
    compression,
  );
const linesWith = (instance: Instance, text: string) =>
  instance.output().split('\n').filter((line) => line.includes(text)); // prettier-ignore
/** Returns how many batches of a topic an instance has counted as unreadable. */
async function unreadable({ url }: Instance, of: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^pets_unreadable_batches_total\\{topic="${of}"\\} (\\d+)`, 'm').exec(metrics)?.[1]);
}
const set = (partition: number, offset: number) =>
  runScript(
    'offsets',
    ['set', '--topic', topic, '--partition', String(partition), '--offset', String(offset)],
    rig.environment,
  );

describe('a damaged batch', () => {
  it('stops its partition after the records before it, until the operator sets an offset after it', async () => {
    await send(0, 2);
    await send(0, 4, 'gzip');
    await send(0, 8, 'gzip');
    await send(1, 16);
    await damageBatch(topic, 0, 2n);
    const instance = await rig.begin({});
    await untilReadyzContains(instance, `${topic}/0: The batch of records at offset 2 cannot be read: its checksum`);
    await untilCloseness(18);

    // All other partitions continue. Another damaged batch, with a valid checksum, stops a second one meanwhile.
    await send(1, 32, 'gzip');
    await untilCloseness(50);
    await instance.stop();
    await send(1, 64, 'gzip');
    await damageBatch(topic, 1, 4n, true);
    await send(2, 128);
    const second = await rig.begin({});
    await untilReadyzContains(second, `${topic}/1: The batch of records at offset 4 cannot be read`);
    await untilReadyzContains(second, `${topic}/0: The batch of records at offset 2 cannot be read`);
    await untilCloseness(178);
    expect(await unreadable(second, topic)).toBe(2);
    expect(linesWith(second, 'BATCH_UNREADABLE')).toHaveLength(2);
    // Another instance joins and leaves: the partitions are assigned again, which must not cause a new line.
    const third = await rig.begin({});
    await until('the other instance is not in the group', async () => (await rig.members()) === 2);
    // A member that stops before cannot leave the group, and counts as one until its session ends.
    await until('nothing is assigned to the other instance', () =>
      Promise.resolve(third.output().includes('partitions assigned')),
    );
    await third.stop();
    await until('the other instance is still in the group', async () => (await rig.members()) === 1);
    await send(3, 512);
    await untilCloseness(690);
    for (const partition of [0, 1])
      await untilReadyzContains(second, `${topic}/${String(partition)}: The batch of records`);
    expect((await set(0, 4)).status).toBe(0);
    await untilCloseness(698);
    expect((await set(1, 6)).status).toBe(0);
    await rig.ready(second);
    await send(1, 256);
    await untilCloseness(954);
    expect(linesWith(second, 'BATCH_UNREADABLE')).toHaveLength(2);
  });

  it('that is too large after decompression stops only its partition', async () => {
    await rig.instances.findLast(isRunning)?.stop();
    await send(4, 10);
    await rig.send([{ value: Buffer.alloc(120_000_000, ' '), partition: 4 }], petCommand, 'gzip');
    await send(4, 100);
    await send(5, 1_000);
    const instance = await rig.begin({ KAFKA_MAX_BATCH_BYTES: '8388608' });
    await untilReadyzContains(
      instance,
      `${topic}/4: The batch of records at offset 2 cannot be read: it is larger than 8388608 bytes`,
      LARGE_BATCH_TIMEOUT_MS,
    );
    await untilCloseness(1_010);
    await send(5, 10_000);
    await untilCloseness(11_010);
    expect(linesWith(instance, 'BATCH_UNREADABLE')).toHaveLength(1);
    expect((await set(4, 3)).status).toBe(0);
    await untilCloseness(11_110);
    await rig.ready(instance);
  });
});

describe('a damaged batch of movements', () => {
  it('stops its partition as well, until the operator sets an offset after it', async () => {
    const movements = rig.environment[petMovement.env] ?? '';
    let pet = 70_000;
    /** Sends a movement of another unknown pet each time; the test checks only how it is counted. */
    const move = async (partition = 1) => {
      const location = { worldId: 0, channelId: 1, mapId: 100, instance: '00000000-0000-0000-0000-000000000000' };
      const movement = { ...location, objectId: pet++, observerId: owner, x: 1, y: 2, stance: 3 };
      const record = sendable(petMovement.encode(movement, { ...TENANT, traceparent: newTraceparent() }));
      await rig.send([{ ...record, partition }], petMovement);
    };
    const untilUnknown = (instance: Instance, count: number) =>
      until(`never ${String(count)} movements`, async () => (await movementsThat(instance, 'unknown')) === count);
    // The instance that the case before has left running has read no movement.
    const first = rig.instances.findLast(isRunning) ?? (await rig.start());
    await move();
    await untilUnknown(first, 1);
    await first.stop();
    for (let sent = 0; sent < 3; sent += 1) await move();
    await damageBatch(movements, 1, 2n);
    const second = await rig.begin({});
    await untilReadyzContains(second, `"movement":"${movements}/1: The batch of records at offset 2 cannot be read`);
    expect(await readyz(second)).toContain('"status":"not ready"');
    await untilUnknown(second, 1);
    await move(0);
    await untilUnknown(second, 2);
    const setMovement = () =>
      runScript('offsets', ['set', '--topic', movements, '--partition', '1', '--offset', '3'], rig.environment);
    expect(await setMovement()).toMatchObject({ status: 1, stderr: expect.stringContaining('no running instances') });
    expect(linesWith(second, 'BATCH_UNREADABLE')).toHaveLength(1);
    expect(await unreadable(second, movements)).toBe(1);
    await second.stop();
    expect(await setMovement()).toMatchObject({ status: 0 });
    const third = await rig.start();
    await untilUnknown(third, 1);
    await move();
    await untilUnknown(third, 2);
    expect(linesWith(third, 'BATCH_UNREADABLE')).toHaveLength(0);
  });
});
