import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import { withForwarded } from '../context.ts';
import type { Decision } from '../domain/pet.ts';
import type { Task } from '../handlers/task.ts';
import { InvariantError } from '../invariant.ts';
import { partitionKey } from '../keys.ts';
import type { PublisherPort } from '../publisher-port.ts';
import type { CharacterKey } from '../store/tables/session-clock.ts';
import type { EntrySource } from '../unit-of-work/outbox-entries.ts';
import { petStatusEntry, requireValid } from '../unit-of-work/pet-status-entry.ts';
import type { Rosters, Target } from '../unit-of-work/rosters.ts';
import type { Sessions } from '../unit-of-work/sessions.ts';
import { causeOf, deadLetterOf } from './dead-letter.ts';
import type { DeadLetterCause } from './dead-letter.ts';
import type { DecodeContext } from './decode.ts';
import type { Lane } from './lane.ts';
import { rollOf } from './record-id.ts';
import type { QueuedRecord } from './queued-record.ts';

/** If one record causes more events, as a deleted character with many pets does, they are encoded late to save memory. */
const MAX_ENCODED_AT_ONCE = 1_000;

export interface EffectContext extends DecodeContext {
  /** The consumer group. */
  readonly group: string;
  readonly publisher: Pick<PublisherPort, 'isFull'>;
}

/** What became of a record. */
export type Outcome = 'changed' | 'rejected' | 'dead_letter' | 'skipped' | 'stale';

/** What the effects of all records in one unit of work share. */
export interface Unit {
  readonly context: EffectContext;
  readonly rosters: Rosters;
  readonly sessions: Sessions;
  /** The one clock reading of the unit of work, in milliseconds since 1970. */
  readonly now: number;
  /** What goes into the outbox, in this order. */
  readonly outbox: EntrySource[];
}

interface Effect {
  readonly outcome: Outcome;
  /** What goes into the outbox. */
  readonly entries: readonly EntrySource[];
}

/** A channel that the record would send on is full: nothing was changed. */
interface Postponed {
  readonly fullChannel: string;
}

/** Returns the pets that its rule needs; undefined if it needs none. */
export function targetOf({ context, subject }: Task): Target | undefined {
  const tenantId = context.TENANT_ID;
  if ('petId' in subject) return { tenantId, ...subject };
  return subject.load.includes('ownedPets') ? { tenantId, ownerId: subject.ownerId } : undefined;
}

/** Returns the character whose session it changes, or none. */
export function characterOf({ context, subject }: Task): CharacterKey[] {
  const changesSession = 'ownerId' in subject && subject.load.includes('lastSessionEventAt');
  return changesSession ? [{ tenantId: context.TENANT_ID, characterId: subject.ownerId }] : [];
}

/**
 * Applies a record: changes its pets in memory.
 *
 * @returns its outcome and outbox entries, or the channel that has no room; undefined if facts are missing, or if its handler
 *   threw and is to be tried again.
 */
export function effectOf(unit: Unit, lane: Lane, queued: QueuedRecord): Effect | Postponed | undefined {
  const { task } = queued;
  if (task !== undefined) {
    try {
      return decide(unit, lane, queued, task);
    } catch (error) {
      queued.fail(error, false);
      if (queued.task !== undefined) return undefined;
    }
  }
  if (queued.state === 'skipped') return { outcome: 'skipped', entries: [] };
  if (queued.state === 'invalid') return deadLetterEffect(unit, lane, queued, causeOf(queued.invalid));
  if (queued.state !== 'dead-lettered') throw new InvariantError(`a record that is ${queued.state} has no effect`);
  const { lastError: message, attempts } = queued;
  return deadLetterEffect(unit, lane, queued, { reason: 'HANDLER_FAILED', message, attempts });
}

function deadLetterEffect(
  { context }: Unit,
  lane: Lane,
  { record }: QueuedRecord,
  cause: DeadLetterCause,
): Effect | Postponed {
  if (context.publisher.isFull(deadLetter.name)) return { fullChannel: deadLetter.name };
  return { outcome: 'dead_letter', entries: [deadLetterOf(context.group, lane, record, cause)] };
}

/** Applies the decision of the rule in memory, if each of its events is valid by the contract. */
function decide(unit: Unit, lane: Lane, queued: QueuedRecord, task: Task): Effect | Postponed | undefined {
  const { rosters, sessions } = unit;
  const { publisher } = unit.context;
  const { context } = task;
  const { record: source } = queued;
  const decision = ask(unit, lane, queued, task);
  if (decision.kind === 'needs') {
    queued.block(decision.needs);
    return undefined;
  }
  if (decision.kind === 'nothing') return { outcome: 'skipped', entries: [] };
  if (decision.kind === 'stale') return { outcome: 'stale', entries: [] };
  if (decision.kind === 'ambiguous') {
    return deadLetterEffect(unit, lane, queued, { reason: 'AMBIGUOUS_ASSET', message: decision.message, attempts: 1 });
  }
  if (decision.kind === 'unavailable') {
    const message = `another service answers a question with an error: ${decision.message}`;
    return deadLetterEffect(unit, lane, queued, { reason: 'HANDLER_FAILED', message, attempts: 1 });
  }
  if (decision.kind === 'rejected') {
    if (task.rejection === undefined) throw new InvariantError(`an event was rejected: ${decision.reason}`);
    if (publisher.isFull(petCommandStatus.name)) return { fullChannel: petCommandStatus.name };
    const event = requireValid(petCommandStatus, task.rejection(decision.reason));
    const stream = partitionKey(lane);
    const record = withForwarded(petCommandStatus.encode(event, context), context);
    const rejection = { stream, channel: petCommandStatus.name, record, sourceTimestamp: source.timestamp };
    return { outcome: 'rejected', entries: [rejection] };
  }
  if (decision.events.length > 0 && publisher.isFull(petStatus.name)) return { fullChannel: petStatus.name };
  const entries = entriesOf(decision.events, context, source.timestamp);
  const { session } = decision;
  // What may throw comes first: otherwise a record that is tried again would be applied in part.
  if (session !== undefined) sessions.assertLocked(context.TENANT_ID, session.characterId);
  rosters.apply(decision);
  if (session !== undefined) {
    sessions.set(context.TENANT_ID, session);
    if (session.forgetsPositions) rosters.forgetPositions(context.TENANT_ID, session);
  }
  return { outcome: 'changed', entries };
}

/** @throws if an event breaks the contract, also one that is encoded late. */
function entriesOf(
  events: readonly PetStatusEvent[],
  context: Task['context'],
  sourceTimestamp: number,
): readonly EntrySource[] {
  if (events.length <= MAX_ENCODED_AT_ONCE)
    return events.map((event) => petStatusEntry(event, context, sourceTimestamp));
  for (const event of events) requireValid(petStatus, event);
  return events.map((event) => () => petStatusEntry(event, context, sourceTimestamp));
}

/** Finds out which facts a record will need if the records before it change nothing. */
export function expectFacts(unit: Unit, lane: Lane, queued: QueuedRecord): void {
  const { task } = queued;
  if (task === undefined) return;
  try {
    const decision = ask(unit, lane, queued, task);
    if (decision.kind === 'needs') queued.expect(decision.needs);
  } catch {
    // It throws again when the record is applied, and counts as an attempt then.
  }
}

/** Asks the rule about a record, with the pets as they are now in memory. */
function ask(unit: Unit, lane: Lane, { record, facts }: QueuedRecord, task: Task): Decision {
  const { rosters, sessions, now } = unit;
  const [character] = characterOf(task);
  return task.decide({
    ...rosters.view(targetOf(task)),
    ...(character && { lastSessionEventAt: sessions.lastEventAt(character.tenantId, character.characterId) }),
    sentAt: record.timestamp,
    now,
    facts,
    roll: () => rollOf(lane, record.offset),
  });
}
