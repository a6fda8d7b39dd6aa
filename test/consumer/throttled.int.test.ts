/** A broker that throttles fetches by a quota: the service stays in its group, reports it, and applies all records. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { startCluster } from '../support/cluster.ts';
import type { TestCluster } from '../support/cluster.ts';
import { award, command, createPets } from '../support/commands.ts';
import { assignmentsOf, untilReadyzContains } from '../support/instance.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';

/** The client id of the service. */
const CLIENT_ID = 'pet-service';
const BYTES_PER_SECOND = 30_000;
const OWNER = 8_500;
/** All batches take three times the session timeout; each is far below what the quota allows at once. */
const BATCHES = 30;
const BATCH = 50;

let cluster: TestCluster;
let rig: Rig;
beforeAll(async () => {
  cluster = await startCluster(1);
});
afterAll(() => cluster.close());
beforeEach(async () => {
  rig = await createRig({}, cluster);
});
afterEach(() => rig.close());

it('the service stays in its group although fetches are throttled for longer than the session timeout', async () => {
  const [petId = 0] = await createPets(rig.database, OWNER, 1);
  const instance = await rig.start({ LOG_LEVEL: 'debug' });
  await cluster.java.setQuota(CLIENT_ID, 'consumer_byte_rate', BYTES_PER_SECOND);
  for (let sent = 0; sent < BATCHES; sent += 1) {
    await rig.send(Array.from({ length: BATCH }, () => command(award(petId, 1))));
  }
  await untilReadyzContains(instance, 'BROKER_THROTTLES');
  expect(await (await fetch(`${instance.url}/readyz`)).json()).toMatchObject({ status: 'degraded' });
  await rig.settled();
  expect((await rig.database.pet.findUniqueOrThrow({ where: { id: petId } })).closeness).toBe(BATCHES * BATCH);
  expect(assignmentsOf(instance)).toBe(1);
  expect(instance.output()).not.toContain('CONSUMER_OUT');

  await cluster.java.setQuota(CLIENT_ID, 'consumer_byte_rate');
  await untilReadyzContains(instance, '"ready"');
});
