/** Partition leaders move between three brokers under load: no record is lost or applied twice, and no consumer rejoins. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { startCluster } from '../support/cluster.ts';
import type { TestCluster } from '../support/cluster.ts';
import { award, command, createPets } from '../support/commands.ts';
import { assignmentsOf } from '../support/instance.ts';
import { createRig, PARTITIONS } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const OWNER = 8_600;
/** How often the leader of each partition moves. */
const LEADER_MOVES = 2;
const CHUNK = 20;
const MAX_CLOSENESS = 30_000;

let cluster: TestCluster;
let rig: Rig;
beforeAll(async () => {
  cluster = await startCluster(3);
});
afterAll(() => cluster.close());
beforeEach(async () => {
  rig = await createRig({}, cluster);
});
afterEach(() => rig.close());

it('the consumer follows a leader that moves, without a rebalance', async () => {
  const topic = rig.environment[petCommand.env] ?? '';
  const [petId = 0] = await createPets(rig.database, OWNER, 1);
  const instance = await rig.start({ LOG_LEVEL: 'debug' });
  const stop = new AbortController();
  const load = (async () => {
    while (!stop.signal.aborted) {
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        await rig.send(Array.from({ length: CHUNK }, () => ({ ...command(award(petId, 1)), partition })));
      }
    }
  })();
  const nextOf = async (partition: number) =>
    (await rig.database.consumerOffset.findFirst({ where: { topic, partition } }))?.nextOffset ?? 0n;
  try {
    for (let move = 0; move < LEADER_MOVES; move += 1) {
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        await cluster.moveLeader(topic, partition);
        const end = await cluster.endOf(topic, partition);
        await until('consumption does not continue', async () => (await nextOf(partition)) > end);
      }
    }
  } finally {
    stop.abort();
    await load;
  }
  await rig.settled();
  const sent = (await rig.sent()).filter((record) => record.topic === topic).length;
  const { closeness } = await rig.database.pet.findUniqueOrThrow({ where: { id: petId } });
  expect(closeness).toBe(Math.min(sent, MAX_CLOSENESS));
  expect(assignmentsOf(instance)).toBe(1);
  expect(instance.output()).not.toContain('CONSUMER_OUT');
});
