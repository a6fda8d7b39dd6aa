/** An instance stalls for longer than its session, and continues: promises 1 to 4. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isStopped } from '../support/instance.ts';
import type { Instance } from '../support/instance.ts';
import { until } from '../support/until.ts';
import { casesOf } from './form.ts';
import { startChaosRun } from './chaos-run.ts';
import type { ChaosRun } from './chaos-run.ts';

/** More records than one batch has, so that lanes are not empty after it. */
const BURST = 4_000;

const ABOUT_TO_APPLY = ['with a batch that it is about to apply', 'before-lock'] as const;
const STATES = [
  ['with locks of owners in its hands', 'after-load'],
  ABOUT_TO_APPLY,
  ['with events claimed that it has not sent', 'before-send'],
] as const;

let chaosRun: ChaosRun;
beforeEach(async () => {
  chaosRun = await startChaosRun();
});
afterEach(() => chaosRun.close());

/** Returns how often the instance was assigned partitions. */
const assignments = ({ output }: Instance) => output().match(/"partitions":\["/g)?.length ?? 0;

describe('a stalled instance', () => {
  it.each(casesOf(STATES, [ABOUT_TO_APPLY]))(
    '%s does not block others, breaks no promise when it continues, and works again',
    async (_state, point) => {
      const other = await chaosRun.rig.start({ FAULT_POINT: 'before-send', FAULT_KIND: 'delay' });
      // An assignment of the same partitions is logged at debug.
      const stalled = await chaosRun.rig.start({ FAULT_POINT: point, FAULT_KIND: 'stop', LOG_LEVEL: 'debug' });
      const driven = chaosRun.drive(BURST, Infinity);
      await until('the instance is never stopped', () => isStopped(stalled));
      // The other instance applies and publishes everything meanwhile.
      await chaosRun.rig.settled();
      await driven;
      expect(await isStopped(stalled)).toBe(true);

      const before = assignments(stalled);
      stalled.process.kill('SIGCONT');
      await until('it is given no partition', () => Promise.resolve(assignments(stalled) > before));
      await chaosRun.drive(500);
      await other.stop();
      // Now it is the only instance.
      await chaosRun.drive(500);
      const { findings, copies } = await chaosRun.audit();
      expect(findings).toEqual([]);
      // Records that it was sending meanwhile, for example a sweep's events, are sent again as well.
      if (point === 'before-send') expect(copies).toBeGreaterThan(0);
    },
  );
});
