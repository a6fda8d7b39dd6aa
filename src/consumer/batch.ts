import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.ts';
import type { Decision } from '../domain/pet.ts';
import { faultPoint } from '../faults.ts';
import type { Decoded, Handler, Task } from '../handlers/task.ts';
import { Knowledge } from '../reference/facts.ts';
import type { References } from '../reference/facts.ts';
import { inTransaction } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { advanceOffsets, lockOffsets } from '../store/offsets.ts';
import { insertOutbox, partitionStream } from '../store/outbox.ts';
import type { OutboxEntry, PendingRecord } from '../store/outbox.ts';
import { loadRosters } from '../store/load-rosters.ts';
import type { Rosters, Target } from '../store/rosters.ts';
import { forgetPositions, placePets } from '../store/positions.ts';
import { Sessions } from '../store/sessions.ts';
import type { Tenants } from '../store/tenants.ts';
import { checked, eventEntry } from '../store/told.ts';
import type { BrokerRecord } from '../transport/broker.ts';
import { messageOf } from '../waiting.ts';
import { causeOf, deadLetterOf } from './dead-letter.ts';
import type { DeadLetterCause } from './dead-letter.ts';
import type { Entry, Lane, Part } from './lane.ts';
import { rollOf } from './place.ts';

/** After this many exceptions of its handler a record is set aside. */
const MOST_ATTEMPTS = 3;
/**
 * What a rule has to know may change while it is fetched: its owner may go to another map. One that needs more rounds than
 * this goes round in a circle: that is an exception of its handler, and never an outage.
 */
const MOST_ROUNDS = 100;

export interface BatchContext {
  readonly database: Database;
  readonly group: string;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly references: References;
  /** Told which tenants there are. */
  readonly tenants: Tenants;
  /** Milliseconds from a session's start until its pets' hunger is looked at. */
  readonly hungerInterval: number;
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
    // Where pets are placed what was there is forgotten with the rest: rows are locked in one statement, in order.
    const { deleted, placed } = rosters;
    await forgetPositions(transaction, sessions.owners, [
      ...deleted.map(({ pet }) => pet.id),
      ...placed.map(({ petId }) => petId),
    ]);
    await placePets(transaction, placed);
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

/** What a record is, found out once. */
export function decode(
  { handlers, references }: Pick<BatchContext, 'handlers' | 'references'>,
  { topic }: Lane,
  entry: Entry,
): Decoded {
  if (entry.decoded !== undefined) return entry.decoded;
  const handler = handlers.get(topic);
  if (handler === undefined) throw new Error(`no handler for topic ${topic}`);
  const decoded = handler.decode(entry.record);
  if (decoded.kind === 'task') entry.facts = new Knowledge(references, decoded.context);
  return (entry.decoded = decoded);
}

function tasksOf(parts: readonly Part[]): Task[] {
  return parts.flatMap(({ entries }) => entries.flatMap(({ decoded }) => (decoded?.kind === 'task' ? decoded : [])));
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
  if (entries[outcomes.length]?.lacks !== undefined) lookBehind(unit, lane, entries.slice(outcomes.length + 1));
  const last = entries[outcomes.length - 1];
  const next = last === undefined ? lane.expected : last.record.offset + 1n;
  return { lane, outcomes, next, lastTimestamp: last?.record.timestamp ?? 0 };
}

/**
 * Finds out what the records behind one that lacks facts will lack themselves, as the pets are now: it is fetched at the
 * same time, or each of them would cost a unit of work of its own.
 */
function lookBehind(unit: Unit, lane: Lane, entries: readonly Entry[]): void {
  for (const entry of entries) {
    if (entry.decoded?.kind !== 'task' || entry.setAside) continue;
    try {
      const decision = ask(unit, lane, entry, entry.decoded);
      if (decision.kind === 'needs') entry.lacks = decision.needs;
    } catch {
      // It shows again when its turn comes, and counts then.
    }
  }
}

interface Effect {
  readonly outcome: Outcome;
  readonly told: readonly OutboxEntry[];
}

function advanceOf({ lane, next, lastTimestamp }: Progress) {
  return { topic: lane.topic, partition: lane.partition, next, lastTimestamp };
}

/** What a record tells, its pets changed; undefined where it has to be tried again, or lacks facts. */
function effectOf(unit: Unit, lane: Lane, entry: Entry): Effect | undefined {
  const { decoded, record } = entry;
  if (decoded === undefined || decoded.kind === 'skip') return { outcome: 'skipped', told: [] };
  if (decoded.kind === 'invalid') return setAside(unit, lane, record, causeOf(decoded));
  if (!entry.setAside) {
    try {
      return decide(unit, lane, entry, decoded);
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

/** What the rule says of a record, the pets being as they are now. */
function ask({ context, rosters, now }: Unit, lane: Lane, entry: Entry, task: Task): Decision {
  const { record, facts = new Knowledge(context.references, task.context) } = entry;
  return task.decide({
    ...rosters.view(targetOf(task)),
    sentAt: record.timestamp,
    now,
    facts,
    roll: () => rollOf(lane, record.offset),
  });
}

/** Asks the rule, and takes over what it says once every event of it keeps to the contract. */
function decide(unit: Unit, lane: Lane, entry: Entry, task: Task): Effect | undefined {
  const { rosters, sessions } = unit;
  const { context } = task;
  const { record: source } = entry;
  const decision = ask(unit, lane, entry, task);
  if (decision.kind === 'needs') {
    if (entry.rounds >= MOST_ROUNDS) throw new Error(`it still lacks facts after ${String(entry.rounds)} rounds`);
    entry.lacks = decision.needs;
    return undefined;
  }
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
  const told = decision.events.map((event) => eventEntry(event, context));
  rosters.apply(decision);
  if (decision.session !== undefined) {
    sessions.set(context.TENANT_ID, decision.session);
    rosters.move(context.TENANT_ID, decision.session);
  }
  return { outcome: 'changed', told };
}
