import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { rejected as rejectedEvent } from '../../generated/contract/messages/pet-command-status.js';
import { dispatchPetCommand } from '../../generated/contract/messages/pet-command.js';
import type { PetCommand, PetCommandHandlers } from '../../generated/contract/messages/pet-command.js';
import type { MessageHeaders } from '../context.ts';
import { exclude } from '../domain/excludes.ts';
import type { Need } from '../domain/facts.ts';
import { awardFullness } from '../domain/feeding.ts';
import { awardCloseness, awardLevel } from '../domain/growth.ts';
import { rejected } from '../domain/pet.ts';
import type { CommandDecision, Pet } from '../domain/pet.ts';
import type { PetState, RuleInput } from '../domain/rule-input.ts';
import { despawn, spawn } from '../domain/slots.ts';
import { spawnPosition } from '../domain/spawn-position.ts';
import { attempt } from '../domain/tricks.ts';
import { decide } from './task.ts';
import type { Handler, MessageRow, Task } from './task.ts';

/** What a command needs, and its rule. The pet that it names is always loaded. */
interface CommandRow<Command extends PetCommand, Loads extends keyof PetState> {
  /** The state to load besides the pet. The rule's input has exactly this. */
  readonly load: readonly Loads[];
  /** Returns the facts that the rule will ask for, as far as the command alone shows them. */
  readonly prefetch: (command: Command) => readonly Need[];
  readonly decide: (pet: Pet, command: Command, input: RuleInput<Loads>) => CommandDecision;
}

type CommandTask<Command extends PetCommand> = (command: Command, headers: MessageHeaders) => Task<MessageHeaders>;

const NONE = () => [];

/** What each command does to an owner's pets. */
const handlers: PetCommandHandlers<MessageHeaders, Task<MessageHeaders>> = {
  SPAWN: ownersCommand({
    load: ['spawnedPets', 'position', 'session'],
    // Whether another pet is spawned, so that the skill matters, is not known before the pets are loaded.
    prefetch: ({ actorId }) => [
      { fact: 'characterPoint', question: actorId },
      { fact: 'multiPetSkill', question: actorId },
    ],
    decide: (pet, { actorId, body }, input) =>
      spawn(pet, input.spawnedPets, {
        lead: body?.lead ?? false,
        now: input.now,
        mayHaveMore: () => input.facts.ask('multiPetSkill', actorId),
        position: () => spawnPosition(input, actorId),
      }),
  }),
  DESPAWN: ownersCommand({
    load: ['spawnedPets'],
    prefetch: NONE,
    decide: (pet, _command, { spawnedPets }) => despawn(pet, spawnedPets, 'NORMAL'),
  }),
  ATTEMPT_COMMAND: ownersCommand({
    load: [],
    // The template is known only from the pet.
    prefetch: NONE,
    decide: (pet, command, { facts, roll }) =>
      attempt(pet, {
        commandId: command.body.commandId,
        template: () => facts.ask('petTemplate', pet.templateId),
        roll: roll(),
        transactionId: transactionIdOf(command),
      }),
  }),
  AWARD_CLOSENESS: gameCommand({
    load: [],
    prefetch: NONE,
    decide: (pet, command) => awardCloseness(pet, command.body.amount, transactionIdOf(command)),
  }),
  AWARD_FULLNESS: gameCommand({
    load: [],
    prefetch: NONE,
    decide: (pet, { body }) => awardFullness(pet, body.amount),
  }),
  AWARD_LEVEL: gameCommand({
    load: [],
    prefetch: NONE,
    decide: (pet, { body }) => awardLevel(pet, body.amount),
  }),
  EXCLUDE: ownersCommand({
    load: [],
    prefetch: NONE,
    decide: (pet, { body }) => exclude(pet, body?.items ?? []),
  }),
};

/** A command that only the owner of the pet may give. */
function ownersCommand<Command extends PetCommand, const Loads extends keyof PetState = never>(
  row: CommandRow<Command, Loads>,
): CommandTask<Command> {
  return gameCommand({
    ...row,
    decide: (pet, command, input) =>
      pet.ownerId === command.actorId ? row.decide(pet, command, input) : rejected('NOT_OWNER'),
  });
}

/** A command of the game's own services: the actor need not own the pet. */
function gameCommand<Command extends PetCommand, const Loads extends keyof PetState = never>({
  load,
  prefetch,
  decide: rule,
}: CommandRow<Command, Loads>): CommandTask<Command> {
  const row: MessageRow<Command, Loads | 'pet'> = {
    load: [...load, 'pet'],
    prefetch,
    decide: (command, input) => (input.pet === undefined ? rejected('PET_NOT_FOUND') : rule(input.pet, command, input)),
  };
  return (command, context) => ({
    kind: 'task',
    context,
    subject: { petId: command.petId, load },
    prefetch: prefetch(command),
    decide: (input) => decide(row, command, input),
    rejection: (reason) =>
      rejectedEvent({
        transactionId: transactionIdOf(command),
        actorId: command.actorId,
        petId: command.petId,
        body: { command: command.type, reason },
      }),
  });
}

/** The transaction of a command that has none. */
export const NIL_TRANSACTION_ID = '00000000-0000-0000-0000-000000000000';

/** Returns the transaction of a command. */
function transactionIdOf({ transactionId }: PetCommand): string {
  return transactionId ?? NIL_TRANSACTION_ID;
}

export const petCommands: Handler = {
  channel: petCommand,
  decode(record) {
    const decoded = petCommand.decode(record);
    return decoded.kind === 'message' ? dispatchPetCommand(handlers, decoded.message, decoded.headers) : decoded;
  },
};
