/** Rebalances leave no lane paused and skip none: with full lanes, and with added partitions. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '../support/until.ts';
import { startChaosRun } from './chaos-run.ts';
import type { ChaosRun } from './chaos-run.ts';

let chaosRun: ChaosRun;
beforeEach(async () => {
  chaosRun = await startChaosRun();
});
afterEach(() => chaosRun.close());

const clean = { copies: 0, findings: [] };

it('all records are applied after rebalances while partitions are paused because their lanes are full', async () => {
  // Five times what a lane holds before its partition is paused.
  await chaosRun.drive(80_000, Infinity);
  const first = await chaosRun.rig.start();
  const second = await chaosRun.rig.start();
  await first.stop();
  await chaosRun.rig.start();
  await second.stop();
  expect(await chaosRun.audit()).toMatchObject(clean);
});

it('all records are applied after partitions were added', async () => {
  const instance = await chaosRun.rig.start();
  await chaosRun.drive(500);
  await chaosRun.rig.addPartitions(6);
  const isAssigned = () => Promise.resolve(/"partitions":\[[^\]]*\/5"/.test(instance.output()));
  // The consumer checks for new partitions every 30 s.
  await until('the new partitions are not assigned', isAssigned, 60_000);
  await chaosRun.drive(1_000);
  expect(await chaosRun.rig.sent()).toContainEqual(expect.objectContaining({ partition: 5 }));
  expect(await chaosRun.audit()).toMatchObject(clean);
});
