import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import { faultPoint } from '../faults.ts';
import type { Task } from '../handlers/task.ts';
import { partitionKey } from '../keys.ts';
import type { Database } from '../store/database.ts';
import type { OffsetRow } from '../store/tables/consumer-offset.ts';
import type { OutboxEntry, PendingRecord } from '../store/tables/outbox.ts';
import type { OwnerKey } from '../store/tables/owner.ts';
import type { Sighting, Tenants } from '../store/tenants.ts';
import type { LockPolicy } from '../unit-of-work/locks.ts';
import type { EntrySource } from '../unit-of-work/outbox-entries.ts';
import { inUnitOfWork } from '../unit-of-work/unit-of-work.ts';
import type { UnitOfWork } from '../unit-of-work/unit-of-work.ts';
import type { Obstacle } from './blocked-lanes.ts';
import { characterOf, decode, effectOf, foresee, targetOf } from './effect.ts';
import type { EffectContext, Outcome, Unit } from './effect.ts';
import type { BatchShare } from './batch-share.ts';
import type { Lane } from './lane.ts';
import type { QueuedRecord } from './queued-record.ts';
import type { LastRecord } from './start.ts';

export interface BatchContext extends EffectContext {
  readonly database: Database;
  readonly tenants: Tenants;
  /** Milliseconds from a session's start until its pets' hunger is looked at. */
  readonly hungerInterval: number;
  /** Milliseconds since 1970. */
  clock(): number;
}

interface Progress {
  readonly lane: Lane;
  /** What became of its first entries: these are applied. */
  readonly outcomes: readonly Outcome[];
  /** What its row says now. */
  readonly next: bigint;
  readonly lastApplied: LastRecord;
}

export interface Applied {
  /** How far each lane came. */
  readonly progress: readonly Progress[];
  /** Lanes whose row is not what they expected: someone else moved it, or removed it. Nothing of them was applied. */
  readonly fenced: readonly Lane[];
  /** Lanes that were applied up to a record whose rows another session holds, or whose channel is full. */
  readonly blocked: readonly Obstacle[];
  /** What was committed and is to be published now, in order; of very many records the first. */
  readonly committed: readonly PendingRecord[];
  /** Every rejection and dead letter that was committed. */
  readonly answers: readonly OutboxEntry[];
}

/**
 * The unit of work: one transaction over one batch of all lanes, under one clock reading. Either every record of the
 * batch up to `progress` has changed the database and the outbox, and the offset rows say so, or nothing has.
 *
 * src/unit-of-work/ has the order of locks and writes.
 */
export async function applyBatch(
  context: BatchContext,
  parts: readonly BatchShare[],
  locks: LockPolicy,
): Promise<Applied> {
  for (const { lane, entries } of parts) for (const entry of entries) decode(context, lane, entry);
  const tasks = tasksOf(parts);
  const { tenants, database, group } = context;
  await tenants.seen(database, sightingsOf(parts));
  await faultPoint('before-lock', parts.length);
  const now = context.clock();
  return inUnitOfWork(database, locks, async (unitOfWork) => {
    const { live, fenced, busy } = await lockLanes(unitOfWork, group, parts);
    const liveTasks = tasksOf(live);
    await unitOfWork.load(liveTasks.map(targetOf).filter((target) => target !== undefined));
    await unitOfWork.lockClocks(liveTasks.flatMap(characterOf), now + context.hungerInterval);
    await faultPoint('after-load', tasks.length);

    const { rosters, sessions, outbox } = unitOfWork;
    const unit: Unit = { context, rosters, sessions, now, committed: outbox };
    const shares = live.map((part) => applyPart(unit, part));
    const progress = shares.flatMap((share) => share.progress ?? []);
    unitOfWork.advanceOffsets(group, progress.map(advanceOf));

    const pending = await unitOfWork.flush();
    await faultPoint('before-commit', pending.length);
    return {
      progress,
      fenced,
      blocked: [...busy, ...shares.flatMap(({ obstacle }) => obstacle ?? [])],
      committed: pending,
      answers: outbox.filter(isAnswer),
    };
  });
}

/**
 * Locks the offset rows of a batch and sorts its parts: `live` may be applied; `fenced` have another row than expected,
 * or none; `busy` have the expected row, and another session holds it.
 */
async function lockLanes(unitOfWork: UnitOfWork, group: string, parts: readonly BatchShare[]) {
  const lanes = parts.map((part) => part.lane);
  const locked = nextByLane(await unitOfWork.lockOffsets(group, lanes));
  const live = parts.filter(({ lane }) => locked.get(partitionKey(lane)) === lane.expected);
  const notLocked = lanes.filter((lane) => !locked.has(partitionKey(lane)));
  // To a statement that skips locked rows, one that is held looks like one that is missing.
  const stored = notLocked.length === 0 ? locked : nextByLane(await unitOfWork.readOffsets(group));
  const held = notLocked.filter((lane) => stored.get(partitionKey(lane)) === lane.expected);
  const busy = parts.flatMap(({ lane, entries: [entry] }) =>
    entry !== undefined && held.includes(lane) ? [{ lane, entry }] : [],
  );
  const fenced = lanes.filter((lane) => !held.includes(lane) && !live.some((part) => part.lane === lane));
  return { live, fenced, busy };
}

function nextByLane(rows: readonly OffsetRow[]): ReadonlyMap<string, bigint> {
  return new Map(rows.map((row) => [partitionKey(row), row.next]));
}

/** Whether it is a rejection or a dead letter. What is encoded later is one of many events. */
function isAnswer(source: EntrySource): source is OutboxEntry {
  return typeof source !== 'function' && source.channel !== petStatus.name;
}

function tasksOf(parts: readonly BatchShare[]): Task[] {
  return parts.flatMap(({ entries }) => entries.flatMap(({ task }) => task ?? []));
}

function sightingsOf(parts: readonly BatchShare[]): Sighting[] {
  return parts.flatMap(({ entries }) =>
    entries.flatMap(({ task, record }) => (task ? { context: task.context, seenAt: record.timestamp } : [])),
  );
}

/**
 * Applies a lane's records one by one, up to the first whose handler throws, or has to know more, or whose owner another
 * session holds, or that would tell something on a channel that is full: that one opens the lane's next part.
 */
function applyPart(unit: Unit, { lane, entries }: BatchShare) {
  const outcomes: Outcome[] = [];
  let obstacle: Obstacle | undefined;
  for (const entry of entries) {
    const owner = heldOwner(unit, entry);
    if (owner !== undefined) {
      obstacle = { lane, entry, owner };
      break;
    }
    const effect = effectOf(unit, lane, entry);
    if (effect === undefined) break;
    if ('fullChannel' in effect) {
      obstacle = { lane, entry, fullChannel: effect.fullChannel };
      break;
    }
    // No spread: it takes an argument each, and a stack has an end.
    for (const committed of effect.told) unit.committed.push(committed);
    outcomes.push(effect.outcome);
  }
  // Find out now which facts the records behind a blocked one will need, so that all are fetched in one round. Otherwise
  // each would cost a unit of work of its own.
  if (entries[outcomes.length]?.missingFacts !== undefined) {
    for (const entry of entries.slice(outcomes.length + 1)) foresee(unit, lane, entry);
  }
  return { progress: progressOf(lane, outcomes, entries[outcomes.length - 1]), obstacle };
}

/** The row moves on to the next record that waits, or to what was not read yet: over markers of transactions too. */
function progressOf(lane: Lane, outcomes: readonly Outcome[], last: QueuedRecord | undefined): Progress | undefined {
  if (last === undefined) return undefined;
  const { offset, timestamp } = last.record;
  return { lane, outcomes, next: lane.nextAfter(outcomes.length), lastApplied: { offset, timestamp } };
}

/** The owner that has to be waited for before a record can be applied; a dead letter needs none. */
function heldOwner({ rosters }: Unit, { task }: QueuedRecord): OwnerKey | undefined {
  return task && rosters.heldOwner(targetOf(task));
}

function advanceOf({ lane, next, lastApplied }: Progress) {
  return { topic: lane.topic, partition: lane.partition, next, lastApplied };
}
