/** An instance is killed at each step of a batch, and others continue: promises 1 to 4. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FAULT_POINTS } from '../../src/faults.ts';
import type { FaultPoint } from '../../src/faults.ts';
import { until } from '../support/until.ts';
import { casesOf } from './form.ts';
import { startChaosRun } from './chaos-run.ts';
import type { ChaosRun } from './chaos-run.ts';

/** The fault points of batches; those of sweeps are in sweep.int.test.ts. */
const POINTS = FAULT_POINTS.filter((point) => !point.startsWith('sweep-'));
/** Around the commit, and on both sides of the broker's ack. */
const FEW_POINTS: readonly FaultPoint[] = ['before-commit', 'before-send', 'after-publish'];
/** The maximum number of records in one claim. */
const CLAIM = 2_000;

let chaosRun: ChaosRun;

/** Starts an instance for each point, which is killed there once it has records, and sends load until then. */
async function killAt(...points: readonly FaultPoint[]): Promise<void> {
  const instances = await Promise.all(points.map((point) => chaosRun.rig.begin({ FAULT_POINT: point })));
  // Otherwise the group would wait for the session of one that was killed to end before it admits the next one.
  for (const { output } of instances) {
    await until('an instance has no partitions', () => Promise.resolve(/"partitions":\["/.test(output())));
  }
  const ended = Promise.all(instances.map((instance) => instance.ended));
  const ends = await chaosRun.underLoad(() => Promise.race([ended, sleep(30_000, 'one never came there')]));
  expect(ends).toEqual(points.map(() => ({ code: null, signal: 'SIGKILL' })));
}

describe('an instance that is killed', () => {
  beforeEach(async () => {
    chaosRun = await startChaosRun();
  });
  afterEach(() => chaosRun.close());

  const cases = casesOf<readonly FaultPoint[]>(
    POINTS.map((point) => [point]),
    [FEW_POINTS],
  );
  it.each(cases.map((points) => ({ points, name: points.join(', ') })))(
    '$name: nothing is lost, and nothing is done twice or out of order',
    async ({ points }) => {
      await chaosRun.rig.start({ FAULT_POINT: 'before-send', FAULT_KIND: 'delay' });
      await killAt(...points);
      const { copies, created, findings } = await chaosRun.audit();
      expect(findings).toEqual([]);
      expect(created).toBeGreaterThan(0);
      // Only records that were acked and not deleted yet are sent again. At other points the instance may be sending the
      // events of a sweep.
      if (points.includes('after-publish')) expect(copies).toBeGreaterThan(0);
      expect(copies).toBeLessThanOrEqual(CLAIM);
    },
  );
});

describe('an instance that is killed as the only one', () => {
  beforeAll(async () => {
    chaosRun = await startChaosRun();
  });
  afterAll(() => chaosRun.close());

  it('leaves no effect of uncommitted work', async () => {
    await killAt('before-commit');
    await chaosRun.rig.start();
    expect((await chaosRun.audit()).findings).toEqual([]);
  });

  it('leaves events that are then sent in order, whatever their age', async () => {
    await killAt('after-commit');
    expect(await chaosRun.rig.database.outbox.count()).toBeGreaterThan(0);
    // now() is constant in a transaction that waits for a lock, so a later event may look older. Every other event here is
    // still young when the next instance starts.
    await chaosRun.rig.database.$executeRaw`
      UPDATE outbox SET created_at = clock_timestamp() + make_interval(secs => 5 - 60 * (id % 2)::int)`;
    await chaosRun.rig.start();
    expect((await chaosRun.audit()).findings).toEqual([]);
  });
});
