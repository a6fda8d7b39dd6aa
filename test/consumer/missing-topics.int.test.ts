/** A deleted topic of another team stops no other consumed topic: promise 7. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import type { AnyChannel } from '../../generated/contract/channels.js';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import { untilTopicsReady } from '../../scripts/kafka/until-topics-ready.ts';
import { award, command, createPets } from '../support/commands.ts';
import type { Instance } from '../support/instance.ts';
import { createRig, PARTITIONS } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { deleteTopic } from '../support/topics.ts';
import { until } from '../support/until.ts';

let rig: Rig;
let admin: Admin;
beforeEach(async () => {
  rig = await createRig();
  admin = kafkaClient(rig.environment['KAFKA_BROKERS'] ?? '').admin();
  await admin.connect();
});
afterEach(async () => {
  await admin.disconnect();
  await rig.close();
});

const topicOf = ({ env }: AnyChannel) => rig.environment[env] ?? '';

async function createAgain(channel: AnyChannel): Promise<void> {
  const topic = topicOf(channel);
  // The broker may not have deleted the old topic yet.
  const isCreated = () => admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] }).catch(() => false);
  await until('the topic cannot be created again', isCreated);
  await untilTopicsReady(admin, [topic]);
}

/** Returns records of a type that the service skips: they only advance the offset row. */
const skipped = (count: number) => Array.from({ length: count }, () => ({ value: '{"type":"OTHER"}', partition: 0 }));

/** Returns the text of /readyz. */
const readyz = async ({ url }: Instance) => (await fetch(`${url}/readyz`)).text();
const untilReadyz = (instance: Instance, what: string | RegExp) =>
  until(`/readyz does not match ${String(what)}`, async () => (await readyz(instance)).search(what) >= 0);

async function nextOf(channel: AnyChannel): Promise<bigint | undefined> {
  const where = { topic: topicOf(channel), partition: 0 };
  return (await rig.database.consumerOffset.findFirst({ where }))?.nextOffset;
}
const untilOffset = (channel: AnyChannel, next: bigint) =>
  until(`${channel.name} is not at ${String(next)}`, async () => (await nextOf(channel)) === next);

async function awardsAreApplied(petId: number): Promise<void> {
  const before = (await rig.database.pet.findUniqueOrThrow({ where: { id: petId } })).closeness;
  await rig.send([0, 1, 2, 3].map((partition) => ({ ...command(award(petId, 1)), partition })));
  const isDone = async () =>
    (await rig.database.pet.findUniqueOrThrow({ where: { id: petId } })).closeness === before + 4;
  await until('the awards are not applied', isDone);
}

describe('a consumed topic that is deleted while the service runs', () => {
  it('stops no other topic, and is read from its start once it exists again', async () => {
    const [petId = 0] = await createPets(rig.database, 1, 1);
    const instance = await rig.start();
    await deleteTopic(admin, topicOf(assetStatus));
    for (let round = 0; round < 3; round += 1) await awardsAreApplied(petId);
    await until('the deleted topic is still subscribed', () =>
      Promise.resolve(instance.output().includes('(TOPICS_CHANGED)')),
    );
    await awardsAreApplied(petId);
    await createAgain(assetStatus);
    await rig.send(skipped(3), assetStatus);
    await untilOffset(assetStatus, 3n);
    await awardsAreApplied(petId);
  });

  it.each([
    ['without a timestamp', '2', 4, /OFFSET_OTHER_LOG/],
    ['of a longer log', undefined, 1, /OFFSET_BEYOND/],
  ])('waits for the operator if its row has an offset %s of the old log', async (_what, moved, count, code) => {
    const [petId = 0] = await createPets(rig.database, 1, 1);
    await rig.send(skipped(2), assetStatus);
    const instance = await rig.start();
    await untilOffset(assetStatus, 2n);
    if (moved !== undefined) {
      await rig.database.consumerOffset.updateMany({
        where: { topic: topicOf(assetStatus), partition: 0 },
        data: { nextOffset: BigInt(moved), lastTimestamp: null },
      });
    }
    await deleteTopic(admin, topicOf(assetStatus));
    await until('the deleted topic is still subscribed', () =>
      Promise.resolve(instance.output().includes('(TOPICS_CHANGED)')),
    );
    await createAgain(assetStatus);
    await rig.send(skipped(count), assetStatus);
    await untilReadyz(instance, code);
    await awardsAreApplied(petId);
    expect(await nextOf(assetStatus)).toBe(2n);
    // The operator decides.
    await rig.database.consumerOffset.updateMany({
      where: { topic: topicOf(assetStatus), partition: 0 },
      data: { nextOffset: 0n, lastTimestamp: null },
    });
    await untilOffset(assetStatus, BigInt(count));
  });

  it('and is the only topic of its group does not stop the other group', async () => {
    const [petId = 0] = await createPets(rig.database, 1, 1);
    const instance = await rig.start();
    await deleteTopic(admin, topicOf(petMovement));
    await untilReadyz(instance, /None of its topics exists/);
    await awardsAreApplied(petId);
    await createAgain(petMovement);
    await rig.ready(instance);
    expect(await nextOf(petCommand)).toBe(1n);
  });
});
