/** Instances come and go under load: promises 1 to 3. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const clean = { copies: 0, faults: [] };

it('one becomes four and one again', async () => {
  await world.rig.start();
  const driven = world.drive(12_000);
  const more = [await world.rig.start(), await world.rig.start(), await world.rig.start()];
  for (const one of more) {
    expect(one.output()).toMatch(/"partitions":\["/);
    await one.stop();
  }
  await driven;
  expect(await world.audit()).toMatchObject(clean);
});

it('two start at once, where there is work and no offset yet', async () => {
  await world.drive(1_000);
  await Promise.all([world.rig.start(), world.rig.start()]);
  await world.drive(1_000);
  expect(await world.audit()).toMatchObject(clean);
});

it('each is replaced in turn, by a stop that finishes what runs: no event has a copy', async () => {
  const olds = [await world.rig.start(), await world.rig.start()];
  const driven = world.drive(8_000);
  for (const old of olds) {
    await old.stop();
    // Had it taken longer than it may, it would have ended with 1.
    expect(await old.ended).toEqual({ code: 0, signal: null });
    await world.rig.start();
  }
  await driven;
  expect(await world.audit()).toMatchObject(clean);
});
