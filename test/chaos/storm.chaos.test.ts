/**
 * Instances are killed, stopped, stalled and replaced at random, the services that they ask go away and come back, their
 * connections to the database are cut, topics take nothing, other sessions hold owners, rows of the outbox and snapshots, and
 * large records come, one fault upon the other: promises 1 to 4, 6 and 7.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { FAULT_POINTS } from '../../src/faults.ts';
import { isRunning } from '../support/instance.ts';
import type { Instance } from '../support/instance.ts';
import { holdLocks, holdSnapshot } from '../support/locks.ts';
import { SERVICES, FAILURES } from './services.ts';
import { ownerAt, seedOfRun } from './stream.ts';
import { startChaosRun } from './chaos-run.ts';
import type { ChaosRun } from './chaos-run.ts';

const FAULTS = 24;
const MOST_INSTANCES = 4;
/** Milliseconds that a stalled one stands still: longer than its session. */
const STALL = 9_000;
/** Milliseconds that a service is away, or a topic takes nothing, or another session holds something of the outbox. */
const OUTAGE = 3_000;
/** Milliseconds that an owner is locked: longer than a record waits for it at first. */
const LOCKED = 5_000;
/** Topics with one replica take nothing that two have to confirm. */
const TAKES_NOTHING = { 'min.insync.replicas': '2' };
/** The statement of another session that locks some rows of the outbox. */
const LOCK_ROWS = 'SELECT 1 FROM outbox ORDER BY id LIMIT 20 FOR UPDATE SKIP LOCKED';
/** Commands a second: of those that have to ask something when it is their turn a lane applies one in a batch. */
const PACE = 250;

const anyFault = fc.record({
  kind: fc.constantFrom(
    ...['kill', 'kill at a point', 'stall', 'stop', 'start', 'outage', 'cut', 'lock', 'large record'],
    ...['broken topic', 'locked rows', 'snapshot'],
  ),
  channel: fc.constantFrom(petStatus, petCommandStatus, deadLetter),
  service: fc.constantFrom(...SERVICES),
  failure: fc.constantFrom(...FAILURES),
  point: fc.constantFrom(...FAULT_POINTS),
  victim: fc.nat(MOST_INSTANCES),
  pause: fc.integer({ min: 0, max: 2_000 }),
});

let chaosRun: ChaosRun;
beforeEach(async () => {
  chaosRun = await startChaosRun({ services: true });
});
afterEach(() => chaosRun.close());

it('a storm of faults loses nothing, does nothing twice and keeps the order', async () => {
  const { rig } = chaosRun;
  const faults = fc.sample(anyFault, { seed: seedOfRun(), numRuns: FAULTS });
  const stalled = new Map<Instance, Promise<void>>();
  /** Faults that end after a time. */
  const passing = new Set<Promise<void>>();
  const healthy = () => rig.instances.filter((one) => one.wasReady && isRunning(one) && !stalled.has(one));
  const start = (point: string) => rig.start({ FAULT_POINT: point, FAULT_KIND: 'delay' });

  async function strike({ kind, point, victim, service, failure, channel }: (typeof faults)[number]): Promise<void> {
    // At least one instance always runs, or the load would only accumulate.
    if (healthy().length < 2) await start(point);
    const one = healthy()[victim % healthy().length];
    if (kind === 'kill') await one?.kill();
    if (kind === 'stop') await one?.stop();
    if (kind === 'start' && rig.instances.filter(isRunning).length < MOST_INSTANCES) await start(point);
    if (kind === 'kill at a point') {
      // With more members than partitions it might have nothing to do, and never come to its point.
      while (rig.instances.filter(isRunning).length >= MOST_INSTANCES) await healthy()[0]?.stop();
      const doomed = await rig.begin({ FAULT_POINT: point });
      await Promise.race([doomed.ended, sleep(30_000).then(() => doomed.kill())]);
    }
    if (kind === 'outage') {
      chaosRun.services?.stub.fail(service, failure);
      passing.add(sleep(OUTAGE).then(() => chaosRun.services?.stub.fail(service, undefined)));
    }
    if (kind === 'broken topic') {
      await rig.configure(channel, TAKES_NOTHING);
      passing.add(sleep(OUTAGE).then(() => rig.configure(channel, {})));
    }
    if (kind === 'locked rows') {
      const held = await holdLocks(rig.database, LOCK_ROWS);
      passing.add(sleep(OUTAGE).then(() => held.release()));
    }
    if (kind === 'snapshot') {
      const held = await holdSnapshot(rig.database);
      passing.add(sleep(OUTAGE).then(() => held.release()));
    }
    if (kind === 'cut') await chaosRun.cutConnections();
    if (kind === 'lock') {
      const { tenant, ownerId } = ownerAt(victim);
      const where = `tenant_id = '${tenant.TENANT_ID}' AND owner_id = ${String(ownerId)}`;
      const held = await holdLocks(rig.database, `SELECT 1 FROM owner WHERE ${where} FOR UPDATE`);
      passing.add(sleep(LOCKED).then(() => held.release()));
    }
    if (kind === 'large record') await chaosRun.sendLarge();
    if (kind === 'stall' && one !== undefined) {
      one.process.kill('SIGSTOP');
      stalled.set(
        one,
        sleep(STALL).then(() => {
          one.process.kill('SIGCONT');
          stalled.delete(one);
        }),
      );
    }
  }

  await chaosRun.underLoad(async () => {
    for (const fault of faults) {
      const { kind, point, service, failure, channel } = fault;
      const what = { 'kill at a point': point, outage: `of ${service}, ${failure}`, 'broken topic': channel.name }[
        kind
      ];
      process.stderr.write(`${kind} ${what ?? ''}\n`);
      await strike(fault);
      await sleep(fault.pause);
    }
    await Promise.all([...stalled.values(), ...passing]);
  }, PACE);
  if (healthy().length === 0) await rig.start();
  expect(await chaosRun.audit()).toMatchObject({ findings: [] });
  expect(chaosRun.services?.stub.violations).toEqual([]);
}, 600_000);
