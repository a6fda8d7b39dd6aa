import { petCommand } from '../../generated/contract/channels/pet-command.ts';
import { rejected as rejectedEvent } from '../../generated/contract/messages/pet-command-status.ts';
import { NIL_TRANSACTION_ID } from '../../generated/contract/messages/pet-command.ts';
import type { PetCommand, PetCommandHandlers } from '../../generated/contract/messages/pet-command.ts';
import { exclude } from '../domain/excludes.ts';
import type { Need } from '../domain/facts.ts';
import { awardFullness } from '../domain/feeding.ts';
import { awardCloseness, awardLevel } from '../domain/growth.ts';
import { rejected } from '../domain/pet.ts';
import type { CommandDecision, Pet } from '../domain/pet.ts';
import { despawn, spawn } from '../domain/slots.ts';
import { spotOf } from '../domain/spot.ts';
import { attempt } from '../domain/tricks.ts';
import type { RuleInput } from '../domain/rule-input.ts';
import type { Handler } from './task.ts';

/** What each command does to an owner's pets. */
export const petCommandHandlers: PetCommandHandlers<RuleInput, CommandDecision> = {
  SPAWN: ({ actorId, body }, turn) =>
    ownedBy(actorId, turn, (pet) =>
      spawn(turn.spawnedPets, pet, {
        lead: body?.lead ?? false,
        now: turn.now,
        mayHaveMore: () => turn.facts.ask('multiPetSkill', actorId),
        spot: () => spotOf(turn, actorId),
      }),
    ),
  DESPAWN: ({ actorId }, turn) => ownedBy(actorId, turn, (pet) => despawn(turn.spawnedPets, pet, 'NORMAL')),
  ATTEMPT_COMMAND: (command, turn) =>
    ownedBy(command.actorId, turn, (pet) =>
      attempt(pet, {
        commandId: command.body.commandId,
        template: () => turn.facts.ask('petTemplate', pet.templateId),
        roll: turn.roll(),
        transactionId: transactionIdOf(command),
      }),
    ),
  AWARD_CLOSENESS: (command, turn) =>
    anyones(turn, (pet) => awardCloseness(pet, command.body.amount, transactionIdOf(command))),
  AWARD_FULLNESS: ({ body }, turn) => anyones(turn, (pet) => awardFullness(pet, body.amount)),
  AWARD_LEVEL: ({ body }, turn) => anyones(turn, (pet) => awardLevel(pet, body.amount)),
  EXCLUDE: ({ actorId, body }, turn) => ownedBy(actorId, turn, (pet) => exclude(pet, body?.items ?? [])),
};

/** A command that only the pet's owner may give. */
function ownedBy(actorId: number, turn: RuleInput, rule: (pet: Pet) => CommandDecision): CommandDecision {
  return anyones(turn, (pet) => (pet.ownerId === actorId ? rule(pet) : rejected('NOT_OWNER')));
}

/** A command of the game itself: whose pet it is does not matter. */
function anyones({ pet }: RuleInput, rule: (pet: Pet) => CommandDecision): CommandDecision {
  return pet === undefined ? rejected('PET_NOT_FOUND') : rule(pet);
}

/** Commands whose rule looks at the owner's other spawned pets. */
const ROSTER_COMMANDS: ReadonlySet<PetCommand['type']> = new Set(['SPAWN', 'DESPAWN']);

/** The facts about its owner that spawning a pet needs, or may need: whether another is spawned is not known yet. */
function prefetchOfSpawn(ownerId: number): readonly Need[] {
  return [
    { fact: 'characterPoint', question: ownerId },
    { fact: 'multiPetSkill', question: ownerId },
  ];
}

/** A command without one is taken as if it carried the nil UUID. */
function transactionIdOf({ transactionId }: PetCommand): string {
  return transactionId ?? NIL_TRANSACTION_ID;
}

export const petCommands: Handler = {
  channel: petCommand,
  decode(record) {
    const decoded = petCommand.decode(record);
    if (decoded.kind !== 'message') return decoded;
    const { message: command, headers: context } = decoded;
    return {
      kind: 'task',
      context,
      sessionOf: undefined,
      subject: {
        petId: command.petId,
        roster: ROSTER_COMMANDS.has(command.type),
        position: command.type === 'SPAWN',
      },
      prefetch: command.type === 'SPAWN' ? prefetchOfSpawn(command.actorId) : [],
      decide: (turn) => decide(command, turn),
      rejection: (reason) =>
        rejectedEvent({
          transactionId: transactionIdOf(command),
          actorId: command.actorId,
          petId: command.petId,
          body: { command: command.type, reason },
        }),
    };
  },
};

function decide(command: PetCommand, turn: RuleInput): CommandDecision {
  // The map pairs each type with its handler; the compiler cannot follow a union through it.
  const handler = petCommandHandlers[command.type] as (command: PetCommand, turn: RuleInput) => CommandDecision;
  return handler(command, turn);
}
