import { InvariantError } from '../invariant.ts';
import type { Facts } from './facts.ts';
import type { Pet, Position } from './pet.ts';
import type { Session } from './session.ts';

/** State that is loaded together with the pet that a message names. */
export interface PetState {
  /** The spawned pets of its owner, by slot, the pet itself included. */
  readonly spawnedPets: readonly Pet[];
  /** Its position; undefined if none is known at the location of its owner's session. */
  readonly position: Position | undefined;
  /** The session of its owner; undefined if the owner is not logged in. */
  readonly session: Session | undefined;
}

/** State of the character that a message names. */
export interface OwnerState {
  /** All its pets, spawned or not. */
  readonly ownedPets: readonly Pet[];
  /**
   * The timestamp of its last applied session event, in milliseconds since 1970; undefined if there is none. A rule that
   * changes the session must load it: that locks it.
   */
  readonly lastSessionEventAt: number | undefined;
}

/** Everything that can be loaded for a rule, by name. */
export interface RuleState extends PetState, OwnerState {
  /** The pet that the message names; undefined if the tenant has no such pet. */
  readonly pet: Pet | undefined;
}

/** The name of state that a rule loads. */
export type Load = keyof RuleState;

/** What every rule may use, whatever it loads. */
export interface RuleContext {
  /** When the message was sent: the timestamp of its record, in milliseconds since 1970. */
  readonly sentAt: number;
  /** The clock reading of the unit of work: milliseconds since 1970. */
  readonly now: number;
  readonly facts: Facts;
  /**
   * Returns the random number of the message: 0 to 1, 1 excluded. It is a hash of the record's topic, partition and offset
   * (src/consumer/record-id.ts), so a replay or a retry gets the same.
   */
  readonly roll: () => number;
}

/** The input of a rule: exactly the state that it loads. */
export type RuleInput<Loads extends Load = never> = RuleContext & Pick<RuleState, Loads>;

/** The state that was loaded for a message, whatever its rule is. */
export type LoadedInput = RuleContext & Partial<RuleState>;

/** @throws {InvariantError} if something that the rule loads is missing from its input. */
export function assertLoaded<Loads extends Load>(
  input: LoadedInput,
  loads: readonly Loads[],
): asserts input is LoadedInput & RuleInput<Loads> {
  for (const name of loads) {
    if (!(name in input)) throw new InvariantError(`a rule needs ${name}, which was not loaded`);
  }
}
