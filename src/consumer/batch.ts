import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { nextHungerAt } from '../domain/hunger.ts';
import { faultPoint } from '../faults.ts';
import type { Task } from '../handlers/task.ts';
import type { Database } from '../store/database.ts';
import type { OutboxEntry, PendingRecord } from '../store/tables/outbox.ts';
import type { OwnerKey } from '../store/tables/owner.ts';
import type { SeenTenant } from '../store/tables/tenant.ts';
import type { Tenants } from '../store/tenants.ts';
import type { LockPolicy } from '../unit-of-work/locks.ts';
import type { EntrySource } from '../unit-of-work/outbox-entries.ts';
import { inUnitOfWork } from '../unit-of-work/unit-of-work.ts';
import type { BatchShare } from './batch-share.ts';
import type { Obstacle } from './blocked-lanes.ts';
import { decode } from './decode.ts';
import { characterOf, effectOf, expectFacts, targetOf } from './effect.ts';
import type { EffectContext, Outcome, Unit } from './effect.ts';
import { fence } from './fence.ts';
import type { Lane } from './lane.ts';
import type { QueuedRecord } from './queued-record.ts';
import type { LastRecord } from './start.ts';

export interface BatchContext extends EffectContext {
  readonly database: Database;
  readonly tenants: Tenants;
  /** Milliseconds from a session's start until the hunger of its pets is first due. */
  readonly hungerIntervalMs: number;
  /** Milliseconds since 1970. */
  clock(): number;
}

interface Progress {
  readonly lane: Lane;
  /** The outcomes of its first records: these are applied. */
  readonly outcomes: readonly Outcome[];
  /** The next offset in its row now. */
  readonly next: bigint;
  readonly lastApplied: LastRecord;
}

export interface Applied {
  /** How far each lane came. */
  readonly progress: readonly Progress[];
  /** Lanes whose offset row is not as expected: an operator or another instance changed it. None of their records was applied. */
  readonly fenced: readonly Lane[];
  /** Lanes that were applied up to a record whose owner another session holds, or whose channel is full. */
  readonly blocked: readonly Obstacle[];
  /** The committed records to publish now, in order; if there are very many, the first of them. */
  readonly committed: readonly PendingRecord[];
  /** Every rejection and dead letter that was committed. */
  readonly answers: readonly OutboxEntry[];
}

/**
 * Applies a batch in one transaction, under one clock reading. Either every record up to `progress` has changed the database
 * and the outbox, and the offset rows are advanced that far, or nothing has. src/unit-of-work/ has the order of locks and writes.
 */
export async function applyBatch(
  context: BatchContext,
  batch: readonly BatchShare[],
  locks: LockPolicy,
): Promise<Applied> {
  const { database, group, tenants } = context;
  for (const { lane, records } of batch) for (const queued of records) decode(context, lane, queued);
  await tenants.saveSeen(database, sightingsOf(batch));
  await faultPoint('before-lock', batch.length);
  const now = context.clock();
  return inUnitOfWork(database, locks, async (unitOfWork) => {
    const { live, fenced, busy } = await fence(unitOfWork, group, batch);

    const tasks = tasksOf(live);
    await unitOfWork.load(tasks.map(targetOf).filter((target) => target !== undefined));
    await unitOfWork.lockClocks(tasks.flatMap(characterOf), nextHungerAt(now, context.hungerIntervalMs));
    await faultPoint('after-load', tasksOf(batch).length);

    const { rosters, sessions, outbox } = unitOfWork;
    const unit: Unit = { context, rosters, sessions, now, outbox };
    const results = live.map((share) => applyShare(unit, share));
    const progress = results.flatMap((result) => result.progress ?? []);
    unitOfWork.advanceOffsets(group, progress.map(advanceOf));

    const committed = await unitOfWork.flush();
    await faultPoint('before-commit', committed.length);
    const blocked = [...busy, ...results.flatMap(({ obstacle }) => obstacle ?? [])];
    return { progress, fenced, blocked, committed, answers: outbox.filter(isAnswer) };
  });
}

/** Whether it is a rejection or a dead letter. What is encoded late is one of many events. */
function isAnswer(source: EntrySource): source is OutboxEntry {
  return typeof source !== 'function' && source.channel !== petStatus.name;
}

function tasksOf(shares: readonly BatchShare[]): Task[] {
  return shares.flatMap(({ records }) => records.flatMap(({ task }) => task ?? []));
}

function sightingsOf(shares: readonly BatchShare[]): SeenTenant[] {
  return shares.flatMap(({ records }) =>
    records.flatMap(({ task, record }) => (task ? { context: task.context, seenAt: record.timestamp } : [])),
  );
}

/**
 * Applies a lane's records one by one, up to the first that cannot be applied now: its handler throws, facts are missing,
 * another session holds its owner, or a channel is full. Its lane's next share begins with that record.
 */
function applyShare(unit: Unit, { lane, records }: BatchShare) {
  const outcomes: Outcome[] = [];
  let obstacle: Obstacle | undefined;
  for (const queued of records) {
    const owner = heldOwner(unit, queued);
    if (owner !== undefined) {
      obstacle = { lane, queued, owner };
      break;
    }
    const effect = effectOf(unit, lane, queued);
    if (effect === undefined) break;
    if ('fullChannel' in effect) {
      obstacle = { lane, queued, fullChannel: effect.fullChannel };
      break;
    }
    // Not by spreading into one call: the entries may be more than the arguments that a stack has room for.
    for (const entry of effect.entries) unit.outbox.push(entry);
    outcomes.push(effect.outcome);
  }
  // Find out now which facts the records behind a blocked one will need, so that all are fetched in one round. Otherwise
  // each would cost a unit of work of its own.
  if (records[outcomes.length]?.missingFacts !== undefined) {
    for (const queued of records.slice(outcomes.length + 1)) expectFacts(unit, lane, queued);
  }
  return { progress: progressOf(lane, outcomes, records[outcomes.length - 1]), obstacle };
}

/** Advances the row to the next queued record, or to the first offset that was not read: over transaction markers too. */
function progressOf(lane: Lane, outcomes: readonly Outcome[], last: QueuedRecord | undefined): Progress | undefined {
  if (last === undefined) return undefined;
  const { offset, timestamp } = last.record;
  return { lane, outcomes, next: lane.nextAfter(outcomes.length), lastApplied: { offset, timestamp } };
}

/** Returns the owner of a record if another session holds its row. A dead letter needs no owner. */
function heldOwner({ rosters }: Unit, { task }: QueuedRecord): OwnerKey | undefined {
  return task && rosters.heldOwner(targetOf(task));
}

function advanceOf({ lane, next, lastApplied }: Progress) {
  return { topic: lane.topic, partition: lane.partition, next, lastApplied };
}
