/** Order, where commit and send are far apart: without delays every protocol looks right. Promise 3. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startChaosRun } from './chaos-run.ts';
import type { ChaosRun } from './chaos-run.ts';

let chaosRun: ChaosRun;
beforeEach(async () => {
  chaosRun = await startChaosRun();
});
afterEach(() => chaosRun.close());

it("an owner's events leave in the order of their commits, whoever committed them and however late they are sent", async () => {
  const late = (point: string) => chaosRun.rig.start({ FAULT_POINT: point, FAULT_KIND: 'delay' });
  await Promise.all([late('after-commit'), late('before-send'), late('after-load')]);
  await chaosRun.drive(4_000);
  const { applied, rejected, deadLetters, created, hungers, expirations, copies, findings } = await chaosRun.audit();
  expect({ copies, findings }).toEqual({ copies: 0, findings: [] });
  // Nothing that the stream is there for has not come.
  expect(Math.min(applied, rejected, deadLetters, created, hungers)).toBeGreaterThan(10);
  expect(expirations).toBeGreaterThan(0);
});
