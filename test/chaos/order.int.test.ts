/** Order if there is a delay between commit and send: without delays every protocol looks right. Promise 3. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startChaosRun } from './chaos-run.ts';
import type { ChaosRun } from './chaos-run.ts';

let chaosRun: ChaosRun;
beforeEach(async () => {
  chaosRun = await startChaosRun();
});
afterEach(() => chaosRun.close());

it('the events of an owner are sent in the order of their commits, whichever instance committed them, and however late', async () => {
  const late = (point: string) => chaosRun.rig.start({ FAULT_POINT: point, FAULT_KIND: 'delay' });
  await Promise.all([late('after-commit'), late('before-send'), late('after-load')]);
  await chaosRun.drive(4_000);
  // Some of the new pets expire after all commands.
  await chaosRun.rig.seen((records) => records.some(({ value }) => value?.includes('"EXPIRED"') === true));
  const { applied, rejected, deadLetters, created, hungers, expirations, copies, findings } = await chaosRun.audit();
  expect({ copies, findings }).toEqual({ copies: 0, findings: [] });
  // The stream has caused every outcome that it is meant to cause.
  expect(Math.min(applied, rejected, deadLetters, created, hungers)).toBeGreaterThan(10);
  expect(expirations).toBeGreaterThan(0);
});
