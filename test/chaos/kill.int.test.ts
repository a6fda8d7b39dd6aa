/** An instance is killed at each step of a record's way, and others go on: promises 1 to 4. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FAULT_POINTS } from '../../src/faults.ts';
import type { FaultPoint } from '../../src/faults.ts';
import { casesOf } from './form.ts';
import { startChaosRun } from './chaos-run.ts';
import type { ChaosRun } from './chaos-run.ts';

/** Those of sweeps are in sweep.int.test.ts. */
const POINTS = FAULT_POINTS.filter((point) => !point.startsWith('sweep-'));
/** Around the commit, and on both sides of the broker's ack. */
const FEW_POINTS: readonly FaultPoint[] = ['before-commit', 'before-send', 'after-publish'];
/** Records that one claim holds at most. */
const CLAIM = 2_000;

let chaosRun: ChaosRun;
beforeEach(async () => {
  chaosRun = await startChaosRun();
});
afterEach(() => chaosRun.close());

/** Starts an instance that dies at this point, and keeps up the load until it has. */
async function killAt(point: FaultPoint): Promise<void> {
  const { ended } = await chaosRun.rig.begin({ FAULT_POINT: point });
  const end = await chaosRun.underLoad(() => Promise.race([ended, sleep(30_000, 'it never came there')]));
  expect(end).toEqual({ code: null, signal: 'SIGKILL' });
}

describe('an instance that is killed', () => {
  it.each(casesOf(POINTS, FEW_POINTS))(
    '%s: nothing is lost, and nothing is done twice or out of order',
    async (point) => {
      await chaosRun.rig.start({ FAULT_POINT: 'before-send', FAULT_KIND: 'delay' });
      await killAt(point);
      const { copies, created, findings } = await chaosRun.audit();
      expect(findings).toEqual([]);
      expect(created).toBeGreaterThan(0);
      // What was acked and not yet deleted is sent again, and nothing else. Elsewhere it may be just sending what a sweep
      // of its own has committed.
      if (point === 'after-publish') expect(copies).toBeGreaterThan(0);
      expect(copies).toBeLessThanOrEqual(CLAIM);
    },
  );

  it('and was alone leaves no trace of what it had not committed', async () => {
    await killAt('before-commit');
    await chaosRun.rig.start();
    expect((await chaosRun.audit()).findings).toEqual([]);
  });

  it('and was alone leaves events that leave in order, whatever their age', async () => {
    await killAt('after-commit');
    expect(await chaosRun.rig.database.outbox.count()).toBeGreaterThan(0);
    // A transaction's clock stands still while it waits for a lock: the later one may look older. Every other one here
    // still looks young when the next instance is there.
    await chaosRun.rig.database.$executeRaw`
      UPDATE outbox SET created_at = clock_timestamp() + make_interval(secs => 5 - 60 * (id % 2)::int)`;
    await chaosRun.rig.start();
    expect((await chaosRun.audit()).findings).toEqual([]);
  });
});
