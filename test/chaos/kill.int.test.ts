/** An instance is killed at each step of a record's way, and others go on: promises 1 to 4. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FAULT_POINTS } from '../../src/faults.ts';
import type { FaultPoint } from '../../src/faults.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

/** Starts an instance that dies at this point, and keeps up the load until it has. */
async function killAt(point: FaultPoint): Promise<void> {
  const instance = await world.rig.begin({ FAULT_POINT: point });
  while (instance.process.signalCode === null && instance.process.exitCode === null) await world.drive(500);
  expect(await instance.ended).toEqual({ code: null, signal: 'SIGKILL' });
}

describe('an instance that is killed', () => {
  it.each(FAULT_POINTS)('%s: nothing is lost, and nothing is done twice or out of order', async (point) => {
    await world.rig.start({ FAULT_POINT: 'before-send', FAULT_KIND: 'delay' });
    await killAt(point);
    const { copies, faults } = await world.audit();
    expect(faults).toEqual([]);
    if (point === 'after-publish') expect(copies).toBeGreaterThan(0);
  });

  it('and was alone leaves no trace of what it had not committed', async () => {
    await killAt('before-commit');
    await world.rig.start();
    expect(await world.audit()).toMatchObject({ copies: 0, faults: [] });
  });

  it('and was alone leaves events that leave in order, whatever their age', async () => {
    await killAt('after-commit');
    expect(await world.rig.database.outbox.count()).toBeGreaterThan(0);
    // A transaction's clock stands still while it waits for a lock: the later one may look older.
    await world.rig.database.$executeRaw`
      UPDATE outbox SET created_at = clock_timestamp() - make_interval(secs => 60 * (id % 2)::int)`;
    await world.rig.start();
    expect(await world.audit()).toMatchObject({ copies: 0, faults: [] });
  });
});
