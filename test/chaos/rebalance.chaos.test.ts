/** Rebalances that leave no lane paused or skipped: with lanes that are full, and with partitions that were not there. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '../support/until.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const clean = { copies: 0, findings: [] };

it('while partitions are paused because their lanes are full', async () => {
  // Five times what a lane holds before its partition is paused.
  await world.drive(80_000, Infinity);
  const first = await world.rig.start();
  const second = await world.rig.start();
  await first.stop();
  await world.rig.start();
  await second.stop();
  expect(await world.audit()).toMatchObject(clean);
});

it('after partitions were added', async () => {
  const instance = await world.rig.start();
  await world.drive(500);
  await world.rig.addPartitions(6);
  const isAssigned = () => Promise.resolve(/"partitions":\[[^\]]*\/5"/.test(instance.output()));
  // It looks for them every 30 s.
  await until('the new partitions are not assigned', isAssigned, 60_000);
  await world.drive(1_000);
  expect(await world.rig.sent()).toContainEqual(expect.objectContaining({ partition: 5 }));
  expect(await world.audit()).toMatchObject(clean);
});
