import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.ts';
import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import type { Fault } from '../../generated/contract/record.ts';
import { faultPoint } from '../faults.ts';
import type { Decoded, Handler, Task } from '../handlers/task.ts';
import type { Facts } from '../reference/facts.ts';
import { inTransaction } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { advanceOffsets, lockOffsets } from '../store/offsets.ts';
import { insertOutbox, ownerStream, partitionStream } from '../store/outbox.ts';
import type { OutboxEntry, PendingRecord } from '../store/outbox.ts';
import { loadRosters } from '../store/rosters.ts';
import type { Rosters, Target } from '../store/rosters.ts';
import { forgetPositions } from '../store/positions.ts';
import { Sessions } from '../store/sessions.ts';
import type { BrokerRecord } from '../transport/broker.ts';
import { messageOf } from '../waiting.ts';
import { causeOf, deadLetterOf } from './dead-letter.ts';
import type { DeadLetterCause } from './dead-letter.ts';
import type { Entry, Lane, Part } from './lane.ts';
import { rollOf } from './place.ts';

/** After this many exceptions of its handler a record is set aside. */
const MOST_ATTEMPTS = 3;

export interface BatchContext {
  readonly database: Database;
  readonly group: string;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly facts: Facts;
  /** Milliseconds since 1970. */
  clock(): number;
}

/** What became of a record. */
export type Outcome = 'changed' | 'rejected' | 'dead_letter' | 'skipped';

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
  for (const { lane, entries } of parts) decode(context, lane, entries);
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

    const tasks = live.flatMap(({ entries }) => entries.map((entry) => entry.decoded)).filter(isTask);
    const rosters = await loadRosters(
      transaction,
      tasks.map(targetOf).filter((target) => target !== undefined),
    );
    await faultPoint('after-load', tasks.length);
    const unit: Unit = { context, rosters, sessions: new Sessions(), now, told: [] };
    const progress = live.map((part) => applyPart(unit, part)).filter(({ outcomes }) => outcomes.length > 0);

    await unit.sessions.save(transaction);
    await rosters.save(transaction);
    await forgetPositions(
      transaction,
      unit.sessions.owners,
      rosters.deleted.map(({ pet }) => pet.id),
    );
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

function decode({ handlers }: BatchContext, { topic }: Lane, entries: readonly Entry[]): void {
  const handler = handlers.get(topic);
  if (handler === undefined) throw new Error(`no handler for topic ${topic}`);
  for (const entry of entries) entry.decoded ??= handler.decode(entry.record);
}

function isTask(decoded: Decoded | undefined): decoded is Task {
  return decoded?.kind === 'task';
}

function targetOf({ context, subject }: Task): Target | undefined {
  return subject && { tenantId: context.TENANT_ID, ...subject };
}

/** What the records of one unit of work share. */
interface Unit {
  readonly context: BatchContext;
  readonly rosters: Rosters;
  readonly sessions: Sessions;
  /** Its one clock reading. */
  readonly now: number;
  /** What they tell, in order. */
  readonly told: OutboxEntry[];
}

/** Applies a lane's records one by one, up to the first whose handler throws: that one opens the lane's next part. */
function applyPart(unit: Unit, { lane, entries }: Part): Progress {
  const outcomes: Outcome[] = [];
  for (const entry of entries) {
    const effect = effectOf(unit, lane, entry);
    if (effect === undefined) break;
    unit.told.push(...effect.told);
    outcomes.push(effect.outcome);
  }
  const last = entries[outcomes.length - 1];
  const next = last === undefined ? lane.expected : last.record.offset + 1n;
  return { lane, outcomes, next, lastTimestamp: last?.record.timestamp ?? 0 };
}

interface Effect {
  readonly outcome: Outcome;
  readonly told: readonly OutboxEntry[];
}

function advanceOf({ lane, next, lastTimestamp }: Progress) {
  return { topic: lane.topic, partition: lane.partition, next, lastTimestamp };
}

/** What a record tells, its pets changed; undefined where it has to be tried again. */
function effectOf(unit: Unit, lane: Lane, entry: Entry): Effect | undefined {
  const { decoded, record } = entry;
  if (decoded === undefined || decoded.kind === 'skip') return { outcome: 'skipped', told: [] };
  if (decoded.kind === 'invalid') return setAside(unit, lane, record, causeOf(decoded));
  if (!entry.setAside) {
    try {
      return decide(unit, lane, record, decoded);
    } catch (error) {
      failed(entry, error);
      entry.setAside = entry.attempts >= MOST_ATTEMPTS;
      if (!entry.setAside) return undefined;
    }
  }
  const cause = { reason: 'HANDLER_FAILED', message: entry.failure ?? '', attempts: entry.attempts } as const;
  return setAside(unit, lane, record, cause);
}

function setAside({ context }: Unit, lane: Lane, record: BrokerRecord, cause: DeadLetterCause): Effect {
  return { outcome: 'dead_letter', told: [deadLetterOf(context.group, lane, record, cause)] };
}

/** Counts an attempt that failed. */
export function failed(entry: Entry, error: unknown): void {
  entry.attempts += 1;
  entry.failure = messageOf(error);
}

/** Asks the rule, and takes over what it says once every event of it keeps to the contract. */
function decide(unit: Unit, lane: Lane, source: BrokerRecord, task: Task): Effect {
  const { rosters, sessions, now } = unit;
  const { context } = task;
  const seen = rosters.view(targetOf(task));
  // Where its owner is now was said in this unit of work: where the pet stood is void.
  const isVoid = seen.pet !== undefined && sessions.has(context.TENANT_ID, seen.pet.ownerId);
  const view = isVoid ? { ...seen, position: undefined } : seen;
  const { facts } = unit.context;
  const decision = task.decide({
    ...view,
    sentAt: source.timestamp,
    now,
    facts,
    roll: () => rollOf(lane, source.offset),
  });
  if (decision.kind === 'nothing') return { outcome: 'skipped', told: [] };
  if (decision.kind === 'ambiguous') {
    return setAside(unit, lane, source, { reason: 'AMBIGUOUS_ASSET', message: decision.message, attempts: 1 });
  }
  if (decision.kind === 'rejected') {
    if (task.rejection === undefined) throw new Error(`${decision.reason}, and nobody to answer`);
    const event = checked(petCommandStatus, task.rejection(decision.reason));
    const stream = partitionStream(lane.topic, lane.partition);
    const record = petCommandStatus.encode(event, context);
    return { outcome: 'rejected', told: [{ stream, channel: petCommandStatus.name, record }] };
  }
  const told = decision.events.map((event) => ({
    stream: ownerStream(context.TENANT_ID, event.ownerId),
    channel: petStatus.name,
    record: petStatus.encode(checked(petStatus, event), context),
  }));
  rosters.apply(decision);
  if (decision.session !== undefined) sessions.set(context.TENANT_ID, decision.session);
  return { outcome: 'changed', told };
}

/** An event that breaks the contract is a bug of the handler that told it. */
function checked<Event>(channel: { name: string; check(event: unknown): Fault | undefined }, event: Event): Event {
  const fault = channel.check(event);
  if (fault === undefined) return event;
  throw new Error(`${channel.name} event breaks the contract: ${fault.pointer} ${fault.sentence}`);
}
