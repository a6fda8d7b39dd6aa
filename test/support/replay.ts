/** Applies status events to a copy of the pets, as a consumer of the events can. */
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import type { Pet } from '../../src/domain/pet.ts';

/** Returns the pets after the events; fields of events that they do not change must have the current values. */
export function replay(pets: ReadonlyMap<number, Pet>, events: readonly PetStatusEvent[]): Map<number, Pet> {
  const copy = new Map(pets);
  for (const event of events) {
    const pet = copy.get(event.petId);
    if (pet?.ownerId !== event.ownerId) throw new Error(`an event of the unknown pet ${String(event.petId)}`);
    const after = { ...pet, ...changeOf(event) };
    for (const [name, value] of Object.entries(event.body)) {
      if (name in after && after[name as keyof Pet] !== value) {
        throw new Error(`${event.type} has ${name} ${String(value)}, it is ${String(after[name as keyof Pet])}`);
      }
    }
    if (event.type === 'DELETED') copy.delete(pet.id);
    else copy.set(pet.id, after);
  }
  return copy;
}

function changeOf(event: PetStatusEvent): Partial<Pet> {
  switch (event.type) {
    case 'SLOT_CHANGED':
      return { slot: event.body.newSlot };
    case 'LEVEL_CHANGED':
      return { level: event.body.level };
    case 'CLOSENESS_CHANGED':
      return { closeness: event.body.closeness };
    case 'FULLNESS_CHANGED':
      return { fullness: event.body.fullness };
    case 'EXCLUDE_CHANGED':
      return { excludes: event.body.items };
    case 'SPAWNED':
    case 'DESPAWNED':
    case 'COMMAND_RESPONSE':
    case 'CREATED':
    case 'DELETED':
      return {};
  }
}
