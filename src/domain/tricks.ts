import { commandResponse } from '../../generated/contract/messages/pet-status.ts';
import { awardCloseness } from './growth.ts';
import type { Asked } from './facts.ts';
import { applyChange, changed, isSpawned, rejected } from './pet.ts';
import type { CommandDecision, Pet } from './pet.ts';

export interface Attempt {
  /** The trick, 0 to 255. */
  readonly commandId: number;
  /** What kind of pet it is; asked only where it may try. */
  template(): Asked<'petTemplate'>;
  /** The dice: 0 to 1, 1 excluded. */
  readonly roll: number;
  readonly transactionId: string;
}

/**
 * A pet tries a trick. It succeeds with the skill's probability; trying brings pet and owner closer by the skill's
 * increase, success or not.
 *
 * Tells what the award tells (nothing where the increase is 0), then COMMAND_RESPONSE with the state after it.
 */
export function attempt(pet: Pet, { commandId, template, roll, transactionId }: Attempt): CommandDecision {
  if (!isSpawned(pet)) return rejected('NOT_SPAWNED');
  const kind = template();
  if (kind.kind === 'needs') return kind;
  if (kind.kind === 'unavailable') return rejected('FACT_UNAVAILABLE');
  const skill = kind.answer.skills.get(commandId);
  if (skill === undefined) return rejected('UNKNOWN_PET_SKILL');

  const { changes, events } = skill.increase > 0 ? awardCloseness(pet, skill.increase, transactionId) : changed([], []);
  const { id: petId, ownerId, slot, closeness, fullness } = changes.reduce(applyChange, pet);
  const success = roll * 100 < skill.probability;
  return changed(changes, [
    ...events,
    commandResponse({ petId, ownerId, body: { slot, closeness, fullness, commandId, success } }),
  ]);
}
