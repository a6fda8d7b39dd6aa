import { deadLetter } from '../../generated/contract/channels/dead-letter.ts';
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.ts';
import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.ts';
import { forwardedOf, withForwarded } from '../context.ts';
import type { MessageHeaders } from '../context.ts';
import type { Decision } from '../domain/pet.ts';
import type { Decoded, Handler, Task } from '../handlers/task.ts';
import { InvariantError } from '../invariant.ts';
import { partitionKey } from '../keys.ts';
import type { PublisherPort } from '../publisher-port.ts';
import { Knowledge } from '../reference/facts.ts';
import type { References } from '../reference/facts.ts';
import type { CharacterKey } from '../store/tables/session-clock.ts';
import type { EntrySource } from '../unit-of-work/outbox-entries.ts';
import { petStatusEntry, requireValid } from '../unit-of-work/pet-status-entry.ts';
import type { Rosters, Target } from '../unit-of-work/rosters.ts';
import type { Sessions } from '../unit-of-work/sessions.ts';
import { causeOf, deadLetterOf } from './dead-letter.ts';
import type { DeadLetterCause } from './dead-letter.ts';
import type { Lane } from './lane.ts';
import { rollOf } from './place.ts';
import type { QueuedRecord } from './queued-record.ts';

/** More events of one record, as of a deleted character with many pets, take less memory until they are encoded. */
const MAX_ENCODED_AT_ONCE = 1_000;

/** What it takes to say what a record does. */
export interface EffectContext {
  readonly group: string;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly references: References;
  /** Names of the headers that are carried to all that a message causes. */
  readonly forwardedHeaders: readonly string[];
  readonly publisher: Pick<PublisherPort, 'isFull'>;
}

/** What became of a record. */
export type Outcome = 'changed' | 'rejected' | 'dead_letter' | 'skipped' | 'stale';

/** What the records of one unit of work share. */
export interface Unit {
  readonly context: EffectContext;
  readonly rosters: Rosters;
  readonly sessions: Sessions;
  /** Its one clock reading. */
  readonly now: number;
  /** What they tell, in order. */
  readonly committed: EntrySource[];
}

interface Effect {
  readonly outcome: Outcome;
  readonly told: readonly EntrySource[];
}

/** What it does would be told on a channel that is full: nothing was changed. */
interface Postponed {
  readonly fullChannel: string;
}

/** Decodes a record, once. An exception of the decoder, which is a bug, makes a dead letter of the record. */
export function decode(
  { handlers, references, forwardedHeaders }: Pick<EffectContext, 'handlers' | 'references' | 'forwardedHeaders'>,
  { topic }: Lane,
  entry: QueuedRecord,
): void {
  if (entry.state !== 'queued') return;
  const handler = handlers.get(topic);
  let decoded: Decoded<MessageHeaders>;
  try {
    if (handler === undefined) throw new InvariantError(`no handler for topic ${topic}`);
    decoded = handler.decode(entry.record);
  } catch (error) {
    entry.fail(error, true);
    return;
  }
  if (decoded.kind === 'skip') entry.skip();
  else if (decoded.kind === 'invalid') entry.refuse(decoded);
  else {
    const context = { ...decoded.context, forwarded: forwardedOf(entry.record.headers, forwardedHeaders) };
    entry.decode({ ...decoded, context }, new Knowledge(references, context));
  }
}

/** Whose pets it is about. */
export function targetOf({ context, subject }: Task): Target | undefined {
  const tenantId = context.TENANT_ID;
  if ('petId' in subject) return { tenantId, ...subject };
  return subject.load.includes('ownedPets') ? { tenantId, ownerId: subject.ownerId } : undefined;
}

/** Whose session it changes. */
export function characterOf({ context, subject }: Task): CharacterKey[] {
  const changesSession = 'ownerId' in subject && subject.load.includes('lastSessionEventAt');
  return changesSession ? [{ tenantId: context.TENANT_ID, characterId: subject.ownerId }] : [];
}

/** What a record tells, its pets changed; undefined where it has to be tried again, or facts are missing. */
export function effectOf(unit: Unit, lane: Lane, entry: QueuedRecord): Effect | Postponed | undefined {
  const { task } = entry;
  if (task !== undefined) {
    try {
      return decide(unit, lane, entry, task);
    } catch (error) {
      entry.fail(error, false);
      if (entry.task !== undefined) return undefined;
    }
  }
  if (entry.state === 'skipped') return { outcome: 'skipped', told: [] };
  if (entry.state === 'invalid') return deadLetterEffect(unit, lane, entry, causeOf(entry.invalid));
  if (entry.state !== 'dead-lettered') throw new InvariantError(`a record that is ${entry.state} has no effect`);
  const { lastError: message, attempts } = entry;
  return deadLetterEffect(unit, lane, entry, { reason: 'HANDLER_FAILED', message, attempts });
}

function deadLetterEffect(
  { context }: Unit,
  lane: Lane,
  { record }: QueuedRecord,
  cause: DeadLetterCause,
): Effect | Postponed {
  if (context.publisher.isFull(deadLetter.name)) return { fullChannel: deadLetter.name };
  return { outcome: 'dead_letter', told: [deadLetterOf(context.group, lane, record, cause)] };
}

/** Asks the rule, and takes over what it says once every event of it keeps to the contract. */
function decide(unit: Unit, lane: Lane, entry: QueuedRecord, task: Task): Effect | Postponed | undefined {
  const { rosters, sessions } = unit;
  const { publisher } = unit.context;
  const { context } = task;
  const { record: source } = entry;
  const decision = ask(unit, lane, entry, task);
  if (decision.kind === 'needs') {
    entry.block(decision.needs);
    return undefined;
  }
  if (decision.kind === 'nothing') return { outcome: 'skipped', told: [] };
  if (decision.kind === 'stale') return { outcome: 'stale', told: [] };
  if (decision.kind === 'ambiguous') {
    return deadLetterEffect(unit, lane, entry, { reason: 'AMBIGUOUS_ASSET', message: decision.message, attempts: 1 });
  }
  if (decision.kind === 'unavailable') {
    const message = `another service fails at a question: ${decision.message}`;
    return deadLetterEffect(unit, lane, entry, { reason: 'HANDLER_FAILED', message, attempts: 1 });
  }
  if (decision.kind === 'rejected') {
    if (task.rejection === undefined) throw new Error(`${decision.reason}, and nobody to answer`);
    if (publisher.isFull(petCommandStatus.name)) return { fullChannel: petCommandStatus.name };
    const event = requireValid(petCommandStatus, task.rejection(decision.reason));
    const stream = partitionKey(lane);
    const record = withForwarded(petCommandStatus.encode(event, context), context);
    const rejection = { stream, channel: petCommandStatus.name, record, sourceTimestamp: source.timestamp };
    return { outcome: 'rejected', told: [rejection] };
  }
  if (decision.events.length > 0 && publisher.isFull(petStatus.name)) return { fullChannel: petStatus.name };
  const told = entriesOf(decision.events, context, source.timestamp);
  rosters.apply(decision);
  if (decision.session !== undefined) {
    sessions.set(context.TENANT_ID, decision.session);
    rosters.forgetPositions(context.TENANT_ID, decision.session);
  }
  return { outcome: 'changed', told };
}

/** @throws where an event breaks the contract, also where it is encoded later. */
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

/** Finds out which facts the record will need, from the pets as they are now. A guess: records before it may change them. */
export function foresee(unit: Unit, lane: Lane, entry: QueuedRecord): void {
  const { task } = entry;
  if (task === undefined) return;
  try {
    const decision = ask(unit, lane, entry, task);
    if (decision.kind === 'needs') entry.expect(decision.needs);
  } catch {
    // It shows again when its turn comes, and counts then.
  }
}

/** What the rule says of a record, the pets being as they are now. */
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
