/** What the service should do, one message after the other: the pets, and what is told of each message. */
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.ts';
import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import type { ProducedRecord } from '../../generated/contract/record.ts';
import type { TopicRecord } from '../../scripts/kafka/read-topics.ts';
import { rollOf } from '../../src/consumer/place.ts';
import type { NewPet } from '../../src/domain/creation.ts';
import { isSpawned, NOT_SPAWNED } from '../../src/domain/pet.ts';
import type { Decision } from '../../src/domain/pet.ts';
import type { Session, SessionChange } from '../../src/domain/session.ts';
import type { Turn } from '../../src/domain/turn.ts';
import type { Subject, Task } from '../../src/handlers/task.ts';
import type { Facts } from '../../src/domain/facts.ts';
import type { StoredPet } from '../../src/store/pets.ts';

export interface Known {
  readonly tenantId: string;
  readonly pet: StoredPet;
}

export interface Told {
  readonly channel: string;
  readonly record: ProducedRecord;
}

export class Model {
  /** By id. */
  readonly pets: Map<number, Known>;
  /** By tenant and character. */
  readonly sessions = new Map<string, Session>();
  readonly #facts: Facts;

  constructor(pets: ReadonlyMap<number, Known>, facts: Facts) {
    this.pets = new Map(pets);
    this.#facts = facts;
  }

  /** Does what a message asks. @returns what became of it, and what has to be told of it. */
  apply(task: Task, cause: TopicRecord): { readonly told: readonly Told[]; readonly kind: Decision['kind'] } {
    const { TENANT_ID: tenantId } = task.context;
    const decision = task.decide({
      ...this.#view(tenantId, task.subject),
      sentAt: cause.timestamp,
      now: Date.now(),
      facts: this.#facts,
      roll: () => rollOf(cause, cause.offset),
    });
    if (decision.kind === 'rejected' && task.rejection !== undefined) {
      const record = petCommandStatus.encode(task.rejection(decision.reason), task.context);
      return { told: [{ channel: petCommandStatus.name, record }], kind: 'rejected' };
    }
    if (decision.kind !== 'changed') return { told: [], kind: decision.kind };
    if (decision.session !== undefined) this.#setSession(tenantId, decision.session);
    for (const after of decision.pets) {
      const before = this.pets.get(after.id);
      if (before !== undefined) this.pets.set(after.id, { tenantId, pet: { ...before.pet, ...after } });
    }
    for (const { id } of decision.deleted) this.pets.delete(id);
    const told = decision.events.map((event) => ({
      channel: petStatus.name,
      record: petStatus.encode(event, task.context),
    }));
    return { told, kind: 'changed' };
  }

  create(tenantId: string, id: number, pet: NewPet): void {
    this.pets.set(id, { tenantId, pet: { ...pet, id, slot: NOT_SPAWNED, excludes: [], createdAt: 0 } });
  }

  #setSession(tenantId: string, { characterId, session }: SessionChange): void {
    const key = `${tenantId}/${String(characterId)}`;
    if (session === null) this.sessions.delete(key);
    else this.sessions.set(key, session);
  }

  #view(tenantId: string, subject: Subject | undefined): Pick<Turn, 'pet' | 'position' | 'session' | 'out' | 'pets'> {
    const nothing = { pet: undefined, position: undefined, session: undefined, out: [], pets: [] };
    if (subject === undefined) return nothing;
    if ('ownerId' in subject) return { ...nothing, pets: this.#owned(tenantId, subject.ownerId) };
    const known = this.pets.get(subject.petId);
    if (known?.tenantId !== tenantId) return nothing;
    const { pet } = known;
    const spawned = this.#owned(tenantId, pet.ownerId).filter(isSpawned);
    return { ...nothing, pet, out: subject.roster ? spawned.sort((a, b) => a.slot - b.slot) : [] };
  }

  #owned(tenantId: string, ownerId: number): StoredPet[] {
    return [...this.pets.values()]
      .filter((known) => known.tenantId === tenantId && known.pet.ownerId === ownerId)
      .map(({ pet }) => pet);
  }
}
