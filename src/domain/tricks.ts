import { commandResponse } from '../../generated/contract/messages/pet-status.js';
import type { FactResult } from './facts.ts';
import { awardCloseness } from './growth.ts';
import { applyChange, changed, isSpawned, rejected } from './pet.ts';
import type { CommandDecision, Pet } from './pet.ts';

export interface Attempt {
  /** The trick, 0 to 255. */
  readonly commandId: number;
  /** Asks for the pet's template. Called only if the pet may try. */
  template(): FactResult<'petTemplate'>;
  /** The roll of the dice: 0 to 1, 1 excluded. */
  readonly roll: number;
  readonly transactionId: string;
}

/**
 * Lets a pet try a trick. It succeeds with the skill's probability. Its closeness rises by the skill's increase, whether
 * it succeeds or not.
 *
 * Emits what the award of that increase emits (nothing if it is 0), then COMMAND_RESPONSE with the state after it.
 */
export function attempt(pet: Pet, { commandId, template, roll, transactionId }: Attempt): CommandDecision {
  if (!isSpawned(pet)) return rejected('NOT_SPAWNED');
  const asked = template();
  if (asked.kind === 'needs') return asked;
  if (asked.kind === 'unavailable') return rejected('FACT_UNAVAILABLE');
  const skill = asked.answer.skills.get(commandId);
  if (skill === undefined) return rejected('UNKNOWN_PET_SKILL');

  const { changes, events } = skill.increase > 0 ? awardCloseness(pet, skill.increase, transactionId) : changed([], []);
  const { id: petId, ownerId, slot, closeness, fullness } = changes.reduce(applyChange, pet);
  const success = roll * 100 < skill.probability;
  return changed(changes, [
    ...events,
    commandResponse({ petId, ownerId, body: { slot, closeness, fullness, commandId, success } }),
  ]);
}
