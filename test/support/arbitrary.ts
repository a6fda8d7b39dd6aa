/** Random commands for fast-check: valid ones of every type of the contract, likely to affect the same pets. */
import fc from 'fast-check';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import type { PetCommand } from '../../generated/contract/messages/pet-command.js';
import { NIL_TRANSACTION_ID } from '../../src/handlers/pet-command.ts';
import { payloadsOf } from './contract-arbitrary.ts';

/** A command with numbers for pets and owners, from 0: a test replaces them by ids. */
export interface AnyCommand {
  readonly pet: number;
  readonly actor: number;
  /** Returns the message for the ids of pet and actor. */
  message(petId: number, actorId: number): PetCommand;
}

/** The amounts of commands, by their type. Other commands draw theirs from the contract. */
type Amounts = Partial<Readonly<Record<PetCommand['type'], fc.Arbitrary<number>>>>;

/** Amounts that change a pet many times before it reaches the maximum closeness, and feed pets that get hungry. */
export const SMALL_AMOUNTS: Amounts = {
  AWARD_CLOSENESS: fc.nat(3),
  AWARD_FULLNESS: fc.nat(9),
  AWARD_LEVEL: fc.nat(1),
};

/** Commands that are drawn more often than others: most rules need spawned pets. */
const WEIGHTS: Partial<Readonly<Record<string, number>>> = { SPAWN: 4, DESPAWN: 2 };

/** The types of commands, as the contract lists them. */
export const COMMAND_TYPES: readonly string[] = [...payloadsOf(petCommand.name).keys()];

function payloads(amounts: Amounts): fc.Arbitrary<object> {
  const arbitraries = [...payloadsOf(petCommand.name)].map(([type, payload]) => {
    const amount = amounts[type as PetCommand['type']];
    const arbitrary =
      amount === undefined ? payload : fc.tuple(payload, amount).map(([drawn, value]) => withAmount(drawn, value));
    return { weight: WEIGHTS[type] ?? 1, arbitrary };
  });
  return fc.oneof(...arbitraries);
}

function withAmount(payload: object, amount: number): object {
  return { ...payload, body: { ...(payload as { readonly body?: object }).body, amount } };
}

export interface Crowd {
  readonly pets: number;
  /** The pets are assigned to the owners in rotation. */
  readonly owners: number;
  /** The pets that the commands name; each as often as the others by default. */
  readonly pet?: fc.Arbitrary<number>;
  readonly amounts?: Amounts;
}

/** Commands to a crowd's pets; most actors own the pet, some are strangers. */
export function anyCommand({ pets, owners, pet = fc.nat(pets - 1), amounts = {} }: Crowd): fc.Arbitrary<AnyCommand> {
  return fc
    .record({
      pet,
      stranger: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, fc.nat(owners)),
      transactionId: fc.option(fc.uuid(), { nil: NIL_TRANSACTION_ID }),
      payload: payloads(amounts),
    })
    .map(({ pet, stranger, transactionId, payload }) => ({
      pet,
      actor: stranger ?? pet % owners,
      message: (petId, actorId) => ({ ...payload, transactionId, actorId, petId }) as PetCommand,
    }));
}
