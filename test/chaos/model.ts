/** What the service must do, one message or sweep after the other: the pets, and the records that each produces. */
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import type { ProducedRecord } from '../../generated/contract/record.js';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import { rollOf } from '../../src/consumer/record-id.ts';
import type { NewPet } from '../../src/domain/creation.ts';
import { expire } from '../../src/domain/expiration.ts';
import type { Facts } from '../../src/domain/facts.ts';
import { getHungry } from '../../src/domain/hunger.ts';
import { applyChange, isSpawned, NOT_SPAWNED } from '../../src/domain/pet.ts';
import type { Decision, Pet } from '../../src/domain/pet.ts';
import type { Session, SessionChange } from '../../src/domain/session.ts';
import type { RuleState } from '../../src/domain/rule-input.ts';
import type { MessageHeaders } from '../../src/context.ts';
import type { Subject, Task } from '../../src/handlers/task.ts';
import type { StoredPet } from '../../src/store/tables/pet.ts';

export interface Known {
  readonly tenantId: string;
  readonly pet: StoredPet;
}

/** A record that the service must produce. */
export interface ExpectedRecord {
  readonly channel: string;
  readonly record: ProducedRecord;
}

/** The result of a message or a sweep at one moment. It changes the model once {@link Model.take} has it. */
export interface Outcome {
  readonly tenantId: string;
  readonly decision: Decision;
  /** The records that it must produce, in order. */
  readonly expected: readonly ExpectedRecord[];
}

export class Model {
  /** By id. */
  readonly pets = new Map<number, Known>();
  /** By tenant and character. */
  readonly sessions: Map<string, Session>;
  /** Timestamps of the last session events that were applied, by tenant and character. */
  readonly #clocks = new Map<string, number>();
  readonly #facts: Facts;
  /** The ids of the pets that an owner has or had, by tenant and owner. */
  readonly #ids = new Map<string, number[]>();

  constructor(pets: ReadonlyMap<number, Known>, facts: Facts, sessions: ReadonlyMap<string, Session> = new Map()) {
    for (const known of pets.values()) this.#add(known);
    this.sessions = new Map(sessions);
    this.#facts = facts;
  }

  /** Returns the results of a message at each moment until then (milliseconds since 1970) that makes a difference. */
  outcomes(task: Task<MessageHeaders>, cause: TopicRecord, until: number): Outcome[] {
    const { TENANT_ID: tenantId } = task.context;
    const view = this.#view(tenantId, task.subject);
    return momentsOf(view.pet === undefined ? [] : [view.pet], cause.timestamp, until).map((now) => {
      const decision = task.decide({
        ...view,
        sentAt: cause.timestamp,
        now,
        facts: this.#facts,
        roll: () => rollOf(cause, cause.offset),
      });
      if (decision.kind !== 'rejected' || task.rejection === undefined) return outcomeOf(decision, task.context);
      const record = petCommandStatus.encode(task.rejection(decision.reason), task.context);
      return { tenantId, decision, expected: [{ channel: petCommandStatus.name, record }] };
    });
  }

  /** Returns the result of the hunger of an owner's pets. */
  hunger(context: MessageHeaders, ownerId: number): Outcome {
    return outcomeOf(getHungry(this.spawnedPets(context.TENANT_ID, ownerId), this.#facts), context);
  }

  /** Returns the results of their expiration at each moment until then that makes a difference. */
  expirations(context: MessageHeaders, ownerId: number, until: number): Outcome[] {
    const spawnedPets = this.spawnedPets(context.TENANT_ID, ownerId);
    return momentsOf(spawnedPets, 0, until).map((now) => outcomeOf(expire(spawnedPets, now), context));
  }

  take({ tenantId, decision }: Outcome): void {
    if (decision.kind !== 'changed') return;
    if (decision.session !== undefined) this.#setSession(tenantId, decision.session);
    for (const change of decision.changes) {
      const before = this.pets.get(change.petId);
      if (before !== undefined) this.pets.set(change.petId, { tenantId, pet: applyChange(before.pet, change) });
    }
    for (const { id } of decision.deleted) this.pets.delete(id);
  }

  create(tenantId: string, id: number, pet: NewPet): void {
    this.#add({ tenantId, pet: { ...pet, id, slot: NOT_SPAWNED, excludes: [], createdAt: 0 } });
  }

  /** Returns an owner's spawned pets, by slot. */
  spawnedPets(tenantId: string, ownerId: number): StoredPet[] {
    return this.#owned(tenantId, ownerId)
      .filter(isSpawned)
      .sort((a, b) => a.slot - b.slot);
  }

  #add(known: Known): void {
    const owner = `${known.tenantId}/${String(known.pet.ownerId)}`;
    this.pets.set(known.pet.id, known);
    this.#ids.set(owner, [...(this.#ids.get(owner) ?? []), known.pet.id]);
  }

  #setSession(tenantId: string, { characterId, session, eventAt }: SessionChange): void {
    const key = `${tenantId}/${String(characterId)}`;
    if (eventAt !== undefined) this.#clocks.set(key, eventAt);
    if (session === null) this.sessions.delete(key);
    else this.sessions.set(key, session);
  }

  #view(tenantId: string, subject: Subject): RuleState {
    const none = {
      pet: undefined,
      position: undefined,
      session: undefined,
      spawnedPets: [],
      ownedPets: [],
      lastSessionEventAt: undefined,
    };
    if ('ownerId' in subject) {
      const lastSessionEventAt = this.#clocks.get(`${tenantId}/${String(subject.ownerId)}`);
      return { ...none, ownedPets: this.#owned(tenantId, subject.ownerId), lastSessionEventAt };
    }
    const known = this.pets.get(subject.petId);
    if (known?.tenantId !== tenantId) return none;
    const { pet } = known;
    return { ...none, pet, spawnedPets: this.spawnedPets(tenantId, pet.ownerId) };
  }

  #owned(tenantId: string, ownerId: number): StoredPet[] {
    const ids = this.#ids.get(`${tenantId}/${String(ownerId)}`) ?? [];
    return ids.flatMap((id) => this.pets.get(id)?.pet ?? []);
  }
}

/** Returns when a span begins and when pets expire in it: between two of these moments time changes nothing. */
function momentsOf(pets: readonly Pet[], from: number, until: number): number[] {
  const expirations = pets.map(({ expiration }) => expiration ?? Infinity);
  return [from, ...expirations.filter((at) => at > from && at <= until).sort((a, b) => a - b)];
}

function outcomeOf(decision: Decision, context: MessageHeaders): Outcome {
  const events = decision.kind === 'changed' ? decision.events : [];
  const expected = events.map((event) => ({ channel: petStatus.name, record: petStatus.encode(event, context) }));
  return { tenantId: context.TENANT_ID, decision, expected };
}
