/** An instance stands still for longer than its session, and wakes up: promises 1 to 4. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Instance } from '../support/instance.ts';
import { until } from '../support/until.ts';
import { casesOf } from './form.ts';
import { startChaosRun } from './chaos-run.ts';
import type { ChaosRun } from './chaos-run.ts';

/** Milliseconds within which the others have done everything. */
const GO_ON_WITHIN = 15_000;
/** More than one batch takes, so that lanes are not empty when one is done. */
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

const isStopped = ({ process: { pid } }: Instance) =>
  Promise.resolve(/^State:\s+T/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8')));

/** How often it got partitions. */
const assignments = ({ output }: Instance) => output().match(/"partitions":\["/g)?.length ?? 0;

describe('an instance that stands still', () => {
  it.each(casesOf(STATES, [ABOUT_TO_APPLY]))(
    '%s holds nobody up, does no harm when it wakes, and works again',
    async (_state, point) => {
      const other = await chaosRun.rig.start({ FAULT_POINT: 'before-send', FAULT_KIND: 'delay' });
      // Partitions that it had before are logged at debug.
      const stalled = await chaosRun.rig.start({ FAULT_POINT: point, FAULT_KIND: 'stop', LOG_LEVEL: 'debug' });
      const driven = chaosRun.drive(BURST, Infinity);
      await until('it never stopped', () => isStopped(stalled));
      const begun = Date.now();
      await chaosRun.rig.settled();
      const took = Date.now() - begun;
      await driven;
      process.stderr.write(`stopped ${point}: the other was done after ${String(took)} ms\n`);
      expect(took).toBeLessThan(GO_ON_WITHIN);

      const before = assignments(stalled);
      stalled.process.kill('SIGCONT');
      await until('it is given no partition', () => Promise.resolve(assignments(stalled) > before));
      await chaosRun.drive(500);
      await other.stop();
      // Now there is nobody else.
      await chaosRun.drive(500);
      const { findings, copies } = await chaosRun.audit();
      expect(findings).toEqual([]);
      // What it was just sending elsewhere, a sweep's events for one, is sent again too.
      if (point === 'before-send') expect(copies).toBeGreaterThan(0);
    },
  );
});
