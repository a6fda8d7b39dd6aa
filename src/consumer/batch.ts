import { faultPoint } from '../faults.ts';
import type { Task } from '../handlers/task.ts';
import { inTransaction } from '../store/database.ts';
import type { Database, Transaction } from '../store/database.ts';
import { loadRosters } from '../store/load-rosters.ts';
import { advanceOffsets, lockOffsets } from '../store/offsets.ts';
import { insertOutbox, partitionStream } from '../store/outbox.ts';
import type { PendingRecord } from '../store/outbox.ts';
import { forgetPositions, placePets } from '../store/positions.ts';
import type { Rosters } from '../store/rosters.ts';
import { Sessions } from '../store/sessions.ts';
import type { Tenants } from '../store/tenants.ts';
import { decode, effectOf, foresee, targetOf } from './effect.ts';
import type { EffectContext, Outcome, Unit } from './effect.ts';
import type { Lane, Part } from './lane.ts';

export interface BatchContext extends EffectContext {
  readonly database: Database;
  /** Told which tenants there are. */
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
  readonly lastTimestamp: number;
}

export interface Applied {
  /** How far each lane came. */
  readonly progress: readonly Progress[];
  /** Lanes whose row is not what they expected: someone else moved it, or removed it. Nothing of them was applied. */
  readonly fenced: readonly Lane[];
  /** What was told, in order: committed, and now to be published. */
  readonly told: readonly PendingRecord[];
}

/**
 * The unit of work: one transaction over one batch of all lanes, under one clock reading. Either every record of the
 * batch up to `progress` has changed the database and the outbox, and the offset rows say so, or nothing has.
 *
 * Lock order: consumer_offset, owner, character_session, pet, pet_position, outbox.
 */
export async function applyBatch(context: BatchContext, parts: readonly Part[]): Promise<Applied> {
  for (const { lane, entries } of parts) for (const entry of entries) decode(context, lane, entry);
  const tasks = tasksOf(parts);
  const { tenants, database } = context;
  await tenants.seen(
    database,
    tasks.map((task) => task.context),
  );
  await faultPoint('before-lock', parts.length);
  const now = context.clock();
  return inTransaction(context.database, async (transaction) => {
    const rows = await lockOffsets(
      transaction,
      context.group,
      parts.map((part) => part.lane),
    );
    const nexts = new Map(rows.map((row) => [partitionStream(row.topic, row.partition), row.next]));
    const isFenced = ({ lane }: Part) => nexts.get(partitionStream(lane.topic, lane.partition)) !== lane.expected;
    const live = parts.filter((part) => !isFenced(part));

    const rosters = await loadRosters(
      transaction,
      tasksOf(live)
        .map(targetOf)
        .filter((target) => target !== undefined),
    );
    await faultPoint('after-load', tasks.length);
    const sessions = new Sessions(now + context.hungerInterval);
    const unit: Unit = { context, rosters, sessions, now, told: [] };
    const progress = live.map((part) => applyPart(unit, part)).filter(({ outcomes }) => outcomes.length > 0);

    await sessions.save(transaction);
    await rosters.save(transaction);
    await savePlaces(transaction, sessions, rosters);
    const pending = await insertOutbox(transaction, unit.told);
    if (progress.length > 0) await advanceOffsets(transaction, context.group, progress.map(advanceOf));
    await faultPoint('before-commit', pending.length);
    return {
      progress,
      fenced: parts.filter(isFenced).map((part) => part.lane),
      told: pending,
    };
  });
}

/** Forgets where pets stood that are elsewhere or gone, and writes where others have come out. */
async function savePlaces(transaction: Transaction, sessions: Sessions, rosters: Rosters): Promise<void> {
  const { deleted, placed } = rosters;
  const gone = deleted.map(({ pet }) => pet.id);
  if (sessions.owners.length > 0 || gone.length > 0) {
    // What was known of those that come out is forgotten with the rest: one statement locks all these rows, in order.
    await forgetPositions(transaction, sessions.owners, [...gone, ...placed.map(({ petId }) => petId)]);
  }
  await placePets(transaction, placed);
}

function tasksOf(parts: readonly Part[]): Task[] {
  return parts.flatMap(({ entries }) => entries.flatMap(({ decoded }) => (decoded?.kind === 'task' ? decoded : [])));
}

/**
 * Applies a lane's records one by one, up to the first whose handler throws, or has to know more: that one opens the
 * lane's next part.
 */
function applyPart(unit: Unit, { lane, entries }: Part): Progress {
  const outcomes: Outcome[] = [];
  for (const entry of entries) {
    const effect = effectOf(unit, lane, entry);
    if (effect === undefined) break;
    unit.told.push(...effect.told);
    outcomes.push(effect.outcome);
  }
  // What those behind one that lacks facts will lack is fetched with it, or each would cost a unit of work of its own.
  if (entries[outcomes.length]?.lacks !== undefined) {
    for (const entry of entries.slice(outcomes.length + 1)) foresee(unit, lane, entry);
  }
  const last = entries[outcomes.length - 1];
  const next = last === undefined ? lane.expected : last.record.offset + 1n;
  return { lane, outcomes, next, lastTimestamp: last?.record.timestamp ?? 0 };
}

function advanceOf({ lane, next, lastTimestamp }: Progress) {
  return { topic: lane.topic, partition: lane.partition, next, lastTimestamp };
}
