/** Accounts for everything that was sent, against a model that does the same in the order that the events tell. */
import { isDeepStrictEqual } from 'node:util';
import { deadLetter } from '../../generated/contract/channels/dead-letter.ts';
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.ts';
import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import type { TopicRecord } from '../../scripts/kafka/read-topics.ts';
import { rollOf } from '../../src/consumer/place.ts';
import { newPet } from '../../src/domain/creation.ts';
import { isSpawned, NOT_SPAWNED } from '../../src/domain/pet.ts';
import type { Pet } from '../../src/domain/pet.ts';
import { petCommands } from '../../src/handlers/pet-command.ts';
import type { Facts } from '../../src/reference/facts.ts';
import { header, json } from '../support/commands.ts';
import type { Seen } from '../support/rig.ts';
import { ownerKey, read, sequenceOf } from './reading.ts';
import { newPetOf } from './stream.ts';
import type { Owner } from './stream.ts';

export interface Known {
  readonly tenantId: string;
  readonly pet: Pet;
}

/** A POST that was tried. */
export interface Post {
  readonly owner: Owner;
  readonly traceparent: string;
  /** The pet that the answer names; undefined where there was none, or a refusal. */
  readonly petId?: number | undefined;
}

export interface Run {
  /** The pets before and after, by id. */
  readonly before: ReadonlyMap<number, Known>;
  readonly after: ReadonlyMap<number, Known>;
  /** What lies on the command topic. */
  readonly commands: readonly TopicRecord[];
  readonly posts: readonly Post[];
  /** What the service published. */
  readonly seen: readonly Seen[];
  readonly facts: Facts;
}

export interface Audit {
  readonly applied: number;
  readonly rejected: number;
  readonly deadLetters: number;
  readonly created: number;
  /** Further copies of what was published. */
  readonly copies: number;
  /** What is not as promised; at best nothing. */
  readonly faults: readonly string[];
}

export function audit(run: Run): Audit {
  const { first, copies, faults } = read(run.seen);
  const book = new Book(run, first);
  for (const letter of first.filter(({ channel }) => channel === deadLetter.name)) book.letter(letter);
  const told = first.filter(({ channel }) => channel !== deadLetter.name);
  for (const [owner, events] of Map.groupBy(told, (record) => book.ownerOf(record))) book.history(owner, events);
  book.close();
  return { ...book.counts, copies, faults: [...faults, ...book.faults] };
}

class Book {
  readonly faults: string[] = [];
  readonly counts = { applied: 0, rejected: 0, deadLetters: 0, created: 0 };
  readonly #run: Run;
  /** The model. */
  readonly #pets: Map<number, Known>;
  /** Whose pet it is, those that will be created included. */
  readonly #owners: Map<number, string>;
  readonly #byTrace: Map<string, TopicRecord>;
  readonly #posts: Map<string, Post>;
  /** Records that are not accounted for yet, by place. */
  readonly #open: Map<string, TopicRecord>;

  constructor(run: Run, first: readonly Seen[]) {
    this.#run = run;
    this.#pets = new Map(run.before);
    this.#owners = new Map([...run.before].map(([id, known]) => [id, keyOf(known)]));
    for (const record of first.filter(({ channel }) => channel === petStatus.name)) {
      const { type, petId } = json(record) as { type: string; petId: number };
      if (type === 'CREATED') this.#owners.set(petId, ownerKey(record));
    }
    this.#byTrace = new Map(run.commands.map((record) => [String(record.headers['traceparent']), record]));
    this.#posts = new Map(run.posts.map((post) => [post.traceparent, post]));
    this.#open = new Map(run.commands.map((record) => [placeOf(record), record]));
  }

  /** Whose history a record belongs to; a rejection names none: it is the pet's owner, if its tenant has that pet. */
  ownerOf(record: Seen): string {
    if (record.channel !== petCommandStatus.name) return ownerKey(record);
    const { petId } = json(record) as { petId: number };
    const owner = this.#owners.get(petId);
    const tenant = `${header(record, 'TENANT_ID') ?? ''}/`;
    return owner?.startsWith(tenant) === true ? owner : `${tenant}nobody's ${String(petId)}`;
  }

  letter(record: Seen): void {
    const [topic, partition, offset] = ['TOPIC', 'PARTITION', 'OFFSET'].map((name) =>
      header(record, `DEAD_LETTER_${name}`),
    );
    const source = this.#settle(`${topic ?? ''}/${partition ?? ''}/${offset ?? ''}`, 'dead letter');
    if (source === undefined) return;
    this.counts.deadLetters += 1;
    const decoded = petCommands.decode(source);
    const reason = header(record, 'DEAD_LETTER_REASON');
    if (decoded.kind !== 'invalid' || decoded.code !== reason) {
      this.#fault(source, `is a dead letter ${reason ?? ''}: ${header(record, 'DEAD_LETTER_MESSAGE') ?? ''}`);
    }
  }

  /** What happened to one owner's pets, in the order of SEQUENCE: each cause told once, its events together. */
  history(owner: string, records: readonly Seen[]): void {
    const inOrder = records.toSorted((a, b) => Number(sequenceOf(a) - sequenceOf(b)));
    const lanes = new Map<number, bigint>();
    for (let at = 0; at < inOrder.length;) {
      const trace = traceOf(inOrder[at]);
      let end = at;
      while (end < inOrder.length && traceOf(inOrder[end]) === trace) end += 1;
      const events = inOrder.slice(at, end);
      at = end;
      const post = this.#posts.get(trace);
      if (post !== undefined) {
        this.#created(post, events);
        continue;
      }
      const cause = this.#byTrace.get(trace);
      if (cause === undefined) {
        this.faults.push(`${owner}: events of what was never sent, ${trace}`);
        continue;
      }
      if (cause.offset < (lanes.get(cause.partition) ?? 0n)) this.#fault(cause, `was overtaken in its lane`);
      lanes.set(cause.partition, cause.offset);
      if (this.#settle(placeOf(cause), 'event') !== undefined) this.#apply(cause, events);
    }
  }

  /** Whatever is still open, and wherever the stored pets are not those of the model. */
  close(): void {
    for (const record of this.#open.values()) this.#fault(record, 'is lost');
    for (const { petId } of this.#posts.values()) {
      if (petId !== undefined && !this.#owners.has(petId)) this.faults.push(`pet ${String(petId)} has no CREATED`);
    }
    for (const id of new Set([...this.#pets.keys(), ...this.#run.after.keys()])) {
      const [model, stored] = [this.#pets.get(id), this.#run.after.get(id)];
      if (!isDeepStrictEqual(model, stored)) this.faults.push(`pet ${String(id)} is stored otherwise`);
    }
  }

  #apply(cause: TopicRecord, events: readonly Seen[]): void {
    const task = petCommands.decode(cause);
    if (task.kind !== 'task') {
      this.#fault(cause, 'is no command, and has events');
      return;
    }
    const { TENANT_ID: tenantId } = task.context;
    const known = this.#pets.get(task.petId);
    const pet = known?.tenantId === tenantId ? known.pet : undefined;
    const decision = task.decide({
      pet,
      out: pet && task.roster ? this.#spawned(tenantId, pet.ownerId) : [],
      now: Date.now(),
      facts: this.#run.facts,
      roll: () => rollOf(cause, cause.offset),
    });
    const isRejected = decision.kind === 'rejected';
    const told = isRejected ? [task.rejection(decision.reason)] : decision.events;
    if (!isRejected) for (const after of decision.pets) this.#pets.set(after.id, { tenantId, pet: after });
    this.counts[isRejected ? 'rejected' : 'applied'] += 1;
    const [expected, actual] = [JSON.stringify(told), JSON.stringify(events.map(json))];
    if (!isDeepStrictEqual(JSON.parse(expected), JSON.parse(actual))) {
      this.#fault(cause, `should tell ${expected} and tells ${actual}`);
    }
  }

  #spawned(tenantId: string, ownerId: number): Pet[] {
    return [...this.#pets.values()]
      .filter((known) => known.tenantId === tenantId && known.pet.ownerId === ownerId && isSpawned(known.pet))
      .map(({ pet }) => pet)
      .sort((a, b) => a.slot - b.slot);
  }

  #created({ owner, petId }: Post, events: readonly Seen[]): void {
    const [event] = events.map((record) => json(record) as { type: string; petId: number });
    if (events.length !== 1 || event?.type !== 'CREATED' || (petId !== undefined && petId !== event.petId)) {
      this.faults.push(`a POST has other events than one CREATED: ${JSON.stringify(events.map(json))}`);
      return;
    }
    this.counts.created += 1;
    const { id, expiration } = this.#run.after.get(event.petId)?.pet ?? { id: event.petId, expiration: null };
    const { cashId: _c, flag: _f, purchaseBy: _p, ...pet } = newPet(newPetOf(owner), 0);
    this.#pets.set(id, {
      tenantId: owner.tenantId,
      pet: { ...pet, id, expiration, slot: NOT_SPAWNED, excludes: [] },
    });
  }

  /** Crosses a record off. @returns nothing where it was crossed off before. */
  #settle(place: string, by: string): TopicRecord | undefined {
    const record = this.#open.get(place);
    if (record === undefined) this.faults.push(`${place} is accounted for more than once, now by a further ${by}`);
    this.#open.delete(place);
    return record;
  }

  #fault(record: TopicRecord, what: string): void {
    this.faults.push(`${placeOf(record)} ${what}: ${String(record.value)}`);
  }
}

function keyOf({ tenantId, pet }: Known): string {
  return `${tenantId}/${String(pet.ownerId)}`;
}

function placeOf({ topic, partition, offset }: TopicRecord): string {
  return `${topic}/${String(partition)}/${String(offset)}`;
}

function traceOf(record: Seen | undefined): string {
  return (record && header(record, 'traceparent')) ?? '';
}
