/** An instance stands still for longer than its session, and wakes up: promises 1 to 4. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Instance } from '../support/rig.ts';
import { until } from '../support/until.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

/** Milliseconds within which another has taken over and done everything. */
const GO_ON_WITHIN = 15_000;

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const isStopped = ({ process: { pid } }: Instance) =>
  Promise.resolve(/^State:\s+T/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8')));

describe('an instance that stands still', () => {
  it.each([
    ['with locks of owners in its hands', 'after-load'],
    ['with records waiting in its lanes', 'after-commit'],
    ['with events claimed that it has not sent', 'before-send'],
  ])('%s holds nobody up, and does no harm when it wakes', async (_state, point) => {
    // More than one batch takes, so that its lanes are not empty when it stops.
    await world.drive(3_000);
    const stalled = await world.rig.begin({ FAULT_POINT: point, FAULT_KIND: 'stop' });
    await until('it never stopped', () => isStopped(stalled));
    const begun = Date.now();
    await world.rig.start({ FAULT_POINT: 'before-send', FAULT_KIND: 'delay' });
    await world.drive(500);
    await world.rig.settled();
    const took = Date.now() - begun;
    process.stderr.write(`stopped ${point}: the other was done after ${String(took)} ms\n`);
    expect(took).toBeLessThan(GO_ON_WITHIN);

    stalled.process.kill('SIGCONT');
    await world.rig.ready(stalled);
    await world.drive(1_000);
    const { faults, copies } = await world.audit();
    expect(faults).toEqual([]);
    if (point === 'before-send') expect(copies).toBeGreaterThan(0);
  });
});
