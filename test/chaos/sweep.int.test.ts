/** Thousands are hungry at once, and those who look at them die or stand still in the middle: promises 1 to 4. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '../support/until.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

/** More than two chunks of a sweep. */
const PLAYERS = 2_200;
/** Players of whom no pet may be left when hunger is looked at first: it has expired. */
const MAY_BE_EMPTY = PLAYERS / 4;
const INTERVAL = 3_000;
/** Milliseconds: before the server ends the transaction of an instance that stands still (10 s), and some time after. */
const BEFORE_ITS_END = 9_000;
const GO_ON_WITHIN = 20_000;

let world: World;
beforeEach(async () => {
  world = await createWorld({ players: PLAYERS, hungerInterval: INTERVAL });
});
afterEach(() => world.close());

interface Waiting {
  /** Whether an open transaction holds the owner. */
  readonly isHeld: boolean;
}

/** Those whose hunger was not looked at after a moment. */
const waitingSince = (moment: number) => world.rig.database.$queryRaw<Waiting[]>`
  SELECT owner.xmax::text <> '0' AND pg_xact_status(owner.xmax::text::xid8) = 'in progress' AS "isHeld"
    FROM character_session JOIN owner ON owner.tenant_id = character_session.tenant_id AND owner_id = character_id
   WHERE hunger_due_at <= ${new Date(moment + INTERVAL)}`;

it('each hunger and each expiration is told once, and none is skipped, while two are killed and one stands still', async () => {
  const { rig } = world;
  const [first, second, stalled] = await Promise.all([
    rig.start({ FAULT_POINT: 'sweep-before-commit' }),
    rig.start({ FAULT_POINT: 'sweep-after-commit' }),
    rig.start({ FAULT_POINT: 'sweep-before-commit', FAULT_KIND: 'stop' }),
    // Nobody passes an owner by for long.
    rig.start({ FAULT_POINT: 'sweep-before-commit', FAULT_KIND: 'delay' }),
  ]);
  // Nobody can tell anything of a tenant before something was heard of it: with this it begins.
  await world.drive(100);
  const status = `/proc/${String(stalled.process.pid)}/status`;
  await until('one never stopped', () => Promise.resolve(/^State:\s+T/m.test(readFileSync(status, 'utf8'))));
  const stopped = Date.now();
  const areAllHeld = async () => (await waitingSince(stopped)).every(({ isHeld }) => isHeld);
  await until('those whom nobody holds wait', areAllHeld, BEFORE_ITS_END);
  const dead = Promise.all([first.ended, second.ended]);
  const killed = { code: null, signal: 'SIGKILL' };
  expect(await Promise.race([dead, sleep(30_000, 'not dead', { ref: false })])).toEqual([killed, killed]);
  const replaced = rig.start();

  await until('those whom it held are never done', async () => (await waitingSince(stopped)).length === 0);
  const took = Date.now() - stopped;
  process.stderr.write(`stopped in a sweep: all was done after ${String(took)} ms\n`);
  expect(took).toBeLessThan(GO_ON_WITHIN);
  stalled.process.kill('SIGCONT');
  await replaced;
  await world.drive(500);
  const { hungers, expirations, findings } = await world.audit();
  expect(findings).toEqual([]);
  expect(hungers).toBeGreaterThan(PLAYERS - MAY_BE_EMPTY);
  expect(expirations).toBeGreaterThan(MAY_BE_EMPTY);
});
