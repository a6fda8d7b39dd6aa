/** What the service should do, one message after the other: the pets, and what is told of each message. */
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.ts';
import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import type { ProducedRecord } from '../../generated/contract/record.ts';
import type { TopicRecord } from '../../scripts/kafka/read-topics.ts';
import { rollOf } from '../../src/consumer/place.ts';
import type { NewPet } from '../../src/domain/creation.ts';
import { isSpawned, NOT_SPAWNED } from '../../src/domain/pet.ts';
import type { Task } from '../../src/handlers/task.ts';
import type { Facts } from '../../src/reference/facts.ts';
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
  readonly #facts: Facts;

  constructor(pets: ReadonlyMap<number, Known>, facts: Facts) {
    this.pets = new Map(pets);
    this.#facts = facts;
  }

  /** Does what a command asks. @returns what has to be told of it, and whether it was refused. */
  apply(task: Task, cause: TopicRecord): { readonly told: readonly Told[]; readonly isRejected: boolean } {
    const { TENANT_ID: tenantId } = task.context;
    const known = this.pets.get(task.petId);
    const pet = known?.tenantId === tenantId ? known.pet : undefined;
    const decision = task.decide({
      pet,
      out: pet && task.roster ? this.#spawned(tenantId, pet.ownerId) : [],
      now: Date.now(),
      facts: this.#facts,
      roll: () => rollOf(cause, cause.offset),
    });
    if (decision.kind === 'rejected') {
      const record = petCommandStatus.encode(task.rejection(decision.reason), task.context);
      return { told: [{ channel: petCommandStatus.name, record }], isRejected: true };
    }
    for (const after of decision.pets) {
      const before = this.pets.get(after.id);
      if (before !== undefined) this.pets.set(after.id, { tenantId, pet: { ...before.pet, ...after } });
    }
    const told = decision.events.map((event) => ({
      channel: petStatus.name,
      record: petStatus.encode(event, task.context),
    }));
    return { told, isRejected: false };
  }

  create(tenantId: string, id: number, pet: NewPet): void {
    this.pets.set(id, { tenantId, pet: { ...pet, id, slot: NOT_SPAWNED, excludes: [] } });
  }

  #spawned(tenantId: string, ownerId: number): StoredPet[] {
    return [...this.pets.values()]
      .filter((known) => known.tenantId === tenantId && known.pet.ownerId === ownerId && isSpawned(known.pet))
      .map(({ pet }) => pet)
      .sort((a, b) => a.slot - b.slot);
  }
}
