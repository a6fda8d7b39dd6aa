/**
 * Accounts for every record that was sent, against a model that applies the same records in the order of SEQUENCE: each
 * was applied, rejected, dead-lettered or skipped, once. Records that produce no event are judged by the sessions that are
 * stored in the end. Events that no record caused come from a sweep: see {@link Sweeps}.
 */
import { isDeepStrictEqual } from 'node:util';
import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import type { NewPet } from '../../src/domain/creation.ts';
import type { Facts } from '../../src/domain/facts.ts';
import type { Session } from '../../src/domain/session.ts';
import type { MessageHeaders } from '../../src/context.ts';
import type { Decoded, Subject } from '../../src/handlers/task.ts';
import { header, json } from '../support/commands.ts';
import type { Seen } from '../support/rig.ts';
import type { Journal, Unit } from './journal.ts';
import { Model } from './model.ts';
import type { Known } from './model.ts';
import { difference, isSameRecord, laneOf, placeOf, runsOf, traceOf } from './records.ts';
import { ownerKey, readAll, sequenceOf } from './reading.ts';
import type { Owner } from './stream.ts';
import { Sweeps } from './sweeps.ts';

/** A POST that was tried. */
export interface Post {
  readonly owner: Owner;
  readonly pet: NewPet;
  readonly traceparent: string;
  /** The pet that the response names; undefined if there was no response, or an error. */
  readonly petId?: number | undefined;
}

export interface Run {
  /** The pets before and after, by id. */
  readonly before: ReadonlyMap<number, Known>;
  readonly after: ReadonlyMap<number, Known>;
  /** The sessions before and in the end, by tenant and character. */
  readonly sessionsBefore: ReadonlyMap<string, Session>;
  readonly sessions: ReadonlyMap<string, Session>;
  /** When the hunger of their pets is due, before and in the end: milliseconds since 1970. */
  readonly dueBefore: ReadonlyMap<string, number>;
  readonly due: ReadonlyMap<string, number>;
  /** When the test stopped the service. */
  readonly ended: number;
  /** HUNGER_INTERVAL_MS. */
  readonly hungerIntervalMs: number;
  readonly journal: Journal;
  /** The records of the consumed topics, per partition in order. */
  readonly commands: readonly TopicRecord[];
  /** Decodes a record as the handler of its topic does. */
  decode(record: TopicRecord): Decoded<MessageHeaders>;
  readonly posts: readonly Post[];
  /** The records that the service published. */
  readonly seen: readonly Seen[];
  readonly facts: Facts;
}

export interface Audit {
  readonly applied: number;
  readonly rejected: number;
  readonly deadLetters: number;
  readonly skipped: number;
  readonly created: number;
  /** Sweeps that produced events, each of one owner. */
  readonly hungers: number;
  readonly expirations: number;
  /** Further copies of what was published. */
  readonly copies: number;
  /** Broken promises: none if all is well. */
  readonly findings: readonly string[];
}

export function audit(run: Run): Audit {
  const { first, copies, findings } = readAll(run.seen);
  const book = new Book(run, first);
  book.accountForDeadLetters(first.filter(({ channel }) => channel === deadLetter.name));
  book.checkRejections(first.filter(({ channel }) => channel === petCommandStatus.name));
  const others = first.filter(({ channel }) => channel !== deadLetter.name);
  for (const [owner, events] of Map.groupBy(others, (record) => book.ownerOf(record)))
    book.accountForOwner(owner, events);
  book.close();
  return { ...book.counts, ...book.sweeps.counts, copies, findings: [...findings, ...book.findings] };
}

class Book {
  readonly findings: string[] = [];
  readonly counts = { applied: 0, rejected: 0, deadLetters: 0, skipped: 0, created: 0 };
  readonly sweeps: Sweeps;
  readonly #run: Run;
  readonly #model: Model;
  /** The sessions that must be stored in the end. */
  readonly #sessions: ReadonlyMap<string, Session>;
  /** The owner of each pet, including those that are created later. */
  readonly #owners: Map<number, string>;
  readonly #byTrace: ReadonlyMap<string, TopicRecord>;
  readonly #posts: ReadonlyMap<string, Post>;
  /** Records that are not accounted for yet, by topic, partition and offset. */
  readonly #open: Map<string, TopicRecord>;

  constructor(run: Run, first: readonly Seen[]) {
    this.#run = run;
    this.#model = new Model(run.before, run.facts);
    this.#owners = new Map(
      [...run.before].map(([id, { tenantId, pet }]) => [id, `${tenantId}/${String(pet.ownerId)}`]),
    );
    for (const record of first.filter(({ channel }) => channel === petStatus.name)) {
      const { type, petId } = json(record) as { type: string; petId: number };
      if (type === 'CREATED') this.#owners.set(petId, ownerKey(record));
    }
    const traced = run.commands.filter(({ headers }) => headers['traceparent'] !== undefined);
    this.#byTrace = new Map(traced.map((record) => [traceOf(record), record]));
    if (this.#byTrace.size < traced.length) this.findings.push('the test has sent a record twice');
    this.#posts = new Map(run.posts.map((post) => [post.traceparent, post]));
    this.#open = new Map(run.commands.map((record) => [placeOf(record), record]));
    const { sessions, begins } = sessionsOf(run);
    this.#sessions = sessions;
    const events = first.filter(({ channel }) => channel === petStatus.name);
    this.sweeps = new Sweeps(run, this.#model, events, begins, (finding) => this.findings.push(finding));
  }

  /** Returns the owner of a record. A rejection names none: it is the pet's owner, if its tenant has that pet. */
  ownerOf(record: Seen): string {
    if (record.channel !== petCommandStatus.name) return ownerKey(record);
    const { petId } = json(record) as { petId: number };
    const owner = this.#owners.get(petId);
    const tenant = `${header(record, 'TENANT_ID') ?? ''}/`;
    return owner?.startsWith(tenant) === true ? owner : `${tenant}nobody's ${String(petId)}`;
  }

  accountForDeadLetters(deadLetters: readonly Seen[]): void {
    const inOrder = this.#streams();
    for (const record of deadLetters) {
      const sourceId = ['TOPIC', 'PARTITION', 'OFFSET'].map((name) => header(record, `DEAD_LETTER_${name}`));
      const source = this.#settle(sourceId.join('/'), 'dead letter');
      if (source === undefined) continue;
      this.counts.deadLetters += 1;
      inOrder(source, record);
      const reason = header(record, 'DEAD_LETTER_REASON') ?? '';
      if (this.#reasonOf(source) !== reason) {
        this.#find(source, `is a dead letter ${reason}: ${header(record, 'DEAD_LETTER_MESSAGE') ?? ''}`);
      }
      const isOurs = (name: string) => name.startsWith('DEAD_LETTER_');
      if (!isSameRecord(source, record, isOurs)) this.#find(source, 'is changed in its dead letter');
    }
  }

  /** Checks that rejections keep the order of the partition that they come from. */
  checkRejections(rejections: readonly Seen[]): void {
    const inOrder = this.#streams();
    for (const rejection of rejections) {
      const source = this.#byTrace.get(traceOf(rejection));
      if (source !== undefined) inOrder(source, rejection);
    }
  }

  /** Accounts for one owner's events in the order of SEQUENCE: each cause has its events once, and together. */
  accountForOwner(owner: string, records: readonly Seen[]): void {
    const lanes = new Map<string, bigint>();
    this.sweeps.noteSpawned(owner, undefined);
    for (const events of runsOf(records.toSorted((a, b) => Number(sequenceOf(a) - sequenceOf(b))))) {
      const unit = this.#unitOf(owner, events);
      if (unit === undefined) continue;
      this.sweeps.accountForSilent(owner, sequenceOf(events[0]));
      const trace = traceOf(events[0]);
      const post = this.#posts.get(trace);
      const cause = this.#byTrace.get(trace);
      if (post !== undefined) {
        this.#created(post, events);
      } else if (cause === undefined) {
        this.sweeps.accountFor(owner, unit, events);
      } else {
        const lane = laneOf(cause);
        if (cause.offset < (lanes.get(lane) ?? 0n)) this.#find(cause, 'was overtaken in its lane');
        lanes.set(lane, cause.offset);
        if (this.#settle(placeOf(cause), 'event') !== undefined) this.#apply(cause, unit, events);
      }
      this.sweeps.noteSpawned(owner, unit);
    }
  }

  /** Returns the one unit of work that has committed these. */
  #unitOf(owner: string, events: readonly [Seen, ...Seen[]]): Unit | undefined {
    const [unit, ...others] = events.map((record) => this.#run.journal.units.get(sequenceOf(record)));
    if (unit === undefined || others.some((other) => other?.id !== unit.id)) {
      this.findings.push(`${owner}: events of one cause were not committed by one unit of work: ${traceOf(events[0])}`);
    }
    return unit;
  }

  /** Returns why a record must be dead-lettered; undefined if it must not. */
  #reasonOf(source: TopicRecord): string | undefined {
    const decoded = this.#run.decode(source);
    if (decoded.kind === 'invalid') return decoded.code;
    if (decoded.kind === 'skip') return undefined;
    const [outcome] = this.#model.outcomes(decoded, source, source.timestamp);
    return outcome?.decision.kind === 'ambiguous' ? 'AMBIGUOUS_ASSET' : undefined;
  }

  /** Accounts for a record without events: its type is skipped, or it changes a session. */
  #silent(record: TopicRecord): void {
    const decoded = this.#run.decode(record);
    if (decoded.kind === 'skip') this.counts.skipped += 1;
    else if (decoded.kind === 'task' && !loadsPets(decoded.subject)) this.counts.applied += 1;
    else this.#find(record, 'is lost');
  }

  /** Accounts for the records that are left, and compares what is stored with the model. */
  close(): void {
    for (const record of this.#open.values()) this.#silent(record);
    this.sweeps.close();
    for (const key of new Set([...this.#sessions.keys(), ...this.#run.sessions.keys()])) {
      if (!isDeepStrictEqual(this.#sessions.get(key), this.#run.sessions.get(key))) {
        this.findings.push(`session ${key} is not stored as its events say`);
      }
    }
    for (const { petId } of this.#posts.values()) {
      if (petId !== undefined && !this.#owners.has(petId)) this.findings.push(`pet ${String(petId)} has no CREATED`);
    }
    const { pets } = this.#model;
    for (const id of new Set([...pets.keys(), ...this.#run.after.keys()])) {
      if (!isDeepStrictEqual(pets.get(id), this.#run.after.get(id))) {
        this.findings.push(`pet ${String(id)} is not stored as its events say`);
      }
    }
  }

  #apply(cause: TopicRecord, unit: Unit, events: readonly Seen[]): void {
    const task = this.#run.decode(cause);
    if (task.kind !== 'task') {
      this.#find(cause, 'must not be applied, and has events');
      return;
    }
    const outcomes = this.#model.outcomes(task, cause, unit.began);
    const differences = outcomes.map(({ expected }) => difference(expected, events, this.#run.facts));
    const outcome = outcomes[differences.indexOf(undefined)] ?? outcomes[0];
    if (outcome === undefined) return;
    this.#model.take(outcome);
    this.counts[outcome.decision.kind === 'rejected' ? 'rejected' : 'applied'] += 1;
    if (!differences.includes(undefined)) this.#find(cause, differences[0] ?? '');
  }

  #created({ owner, pet, petId }: Post, events: readonly Seen[]): void {
    const [event] = events.map((record) => json(record) as { type: string; petId: number });
    if (events.length !== 1 || event?.type !== 'CREATED' || (petId !== undefined && petId !== event.petId)) {
      this.findings.push(`a POST has other events than one CREATED: ${JSON.stringify(events.map(json))}`);
      return;
    }
    this.counts.created += 1;
    this.#model.create(owner.tenant.TENANT_ID, event.petId, pet);
  }

  /** Marks a record as accounted for. @returns undefined if it was marked before. */
  #settle(sourceId: string, by: string): TopicRecord | undefined {
    const record = this.#open.get(sourceId);
    if (record === undefined) this.findings.push(`${sourceId} is accounted for more than once, now by a further ${by}`);
    this.#open.delete(sourceId);
    return record;
  }

  /** Returns a function that finds records whose results are in another order than the records of their partition. */
  #streams() {
    const last = new Map<string, bigint>();
    return (source: TopicRecord, { partition }: Seen) => {
      const stream = `${laneOf(source)} to ${String(partition)}`;
      if (source.offset < (last.get(stream) ?? 0n)) this.#find(source, 'has its result too late');
      last.set(stream, source.offset);
    };
  }

  #find(record: TopicRecord, what: string): void {
    this.findings.push(`${placeOf(record)} ${what}: ${String(record.value)}`);
  }
}

/** Returns the sessions after all events, and since when at the earliest each character has had one, in any partition. */
function sessionsOf({ commands, decode, facts, sessionsBefore }: Run) {
  const model = new Model(new Map(), facts, sessionsBefore);
  const begins = new Map<string, number>();
  for (const record of commands) {
    const decoded = decode(record);
    if (decoded.kind !== 'task' || decoded.rejection !== undefined) continue;
    for (const outcome of model.outcomes(decoded, record, record.timestamp)) model.take(outcome);
    // In a model of its own: here it may be stale after those of other partitions, and was not when it was applied.
    for (const { tenantId, decision } of new Model(new Map(), facts, new Map()).outcomes(
      decoded,
      record,
      record.timestamp,
    )) {
      if (decision.kind !== 'changed' || !decision.session?.session) continue;
      const key = `${tenantId}/${String(decision.session.characterId)}`;
      begins.set(key, Math.min(begins.get(key) ?? Infinity, record.timestamp));
    }
  }
  return { sessions: model.sessions, begins };
}

/** Whether a message may change pets; session events do not. */
function loadsPets(subject: Subject): boolean {
  return 'petId' in subject || subject.load.includes('ownedPets');
}
