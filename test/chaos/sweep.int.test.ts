/** Thousands of characters are due for hunger at once, and instances die or stop in the middle of a sweep: promises 1 to 4. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { isStopped } from '../support/instance.ts';
import { until } from '../support/until.ts';
import { startChaosRun } from './chaos-run.ts';
import type { ChaosRun } from './chaos-run.ts';

/** More than two chunks of a sweep. */
const PLAYERS = 2_200;
/** Players whose pets may all have expired before the first hunger sweep. */
const MAY_BE_EMPTY = PLAYERS / 4;
const INTERVAL_MS = 3_000;
/** A time before the end of a stopped instance's transaction, which the server ends after 10 s. */
const BEFORE_ITS_END_MS = 9_000;

let chaosRun: ChaosRun;
beforeEach(async () => {
  chaosRun = await startChaosRun({ players: PLAYERS, hungerIntervalMs: INTERVAL_MS });
});
afterEach(() => chaosRun.close());

interface Waiting {
  /** Whether an open transaction holds the owner. */
  readonly isHeld: boolean;
}

/** Returns the sessions that no hunger sweep has reached since a moment. */
const waitingSince = (moment: number) => chaosRun.rig.database.$queryRaw<Waiting[]>`
  SELECT owner.xmax::text <> '0' AND pg_xact_status(owner.xmax::text::xid8) = 'in progress' AS "isHeld"
    FROM character_session JOIN owner ON owner.tenant_id = character_session.tenant_id AND owner_id = character_id
   WHERE hunger_due_at <= ${new Date(moment + INTERVAL_MS)}`;

it('each hunger and expiration has its events once, and none is skipped, while two instances are killed and one is stopped', async () => {
  const { rig } = chaosRun;
  const [first, second, stalled] = await Promise.all([
    rig.start({ FAULT_POINT: 'sweep-before-commit' }),
    rig.start({ FAULT_POINT: 'sweep-after-commit' }),
    rig.start({ FAULT_POINT: 'sweep-before-commit', FAULT_KIND: 'stop' }),
    // It sweeps the owners that the others did not.
    rig.start({ FAULT_POINT: 'sweep-before-commit', FAULT_KIND: 'delay' }),
  ]);
  // Sweeps skip a tenant until its first record is consumed, as its headers are unknown.
  await chaosRun.drive(100);
  await until('the instance never stopped', () => isStopped(stalled));
  const stopped = Date.now();
  const areAllHeld = async () => (await waitingSince(stopped)).every(({ isHeld }) => isHeld);
  await until('owners that no session holds are not swept', areAllHeld, BEFORE_ITS_END_MS);
  const dead = Promise.all([first.ended, second.ended]);
  const killed = { code: null, signal: 'SIGKILL' };
  expect(await Promise.race([dead, sleep(30_000, 'not dead', { ref: false })])).toEqual([killed, killed]);
  const replaced = rig.start();

  await until('owners that it held are never swept', async () => (await waitingSince(stopped)).length === 0);
  expect(await isStopped(stalled)).toBe(true);
  stalled.process.kill('SIGCONT');
  await replaced;
  await chaosRun.drive(500);
  const { hungers, expirations, findings } = await chaosRun.audit();
  expect(findings).toEqual([]);
  expect(hungers).toBeGreaterThan(PLAYERS - MAY_BE_EMPTY);
  expect(expirations).toBeGreaterThan(MAY_BE_EMPTY);
});
