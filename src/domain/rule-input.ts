import type { Facts } from './facts.ts';
import type { Pet, Position } from './pet.ts';
import type { Session } from './session.ts';

/** What a rule may know when it is one message's turn. */
export interface RuleInput {
  /** The pet that the message names; undefined where the tenant has no such pet. */
  readonly pet: Pet | undefined;
  /** Where it stands; undefined where nobody knows, or the rule does not ask. */
  readonly position: Position | undefined;
  /** Where its owner is; undefined where it is not logged in, or the rule does not ask. */
  readonly session: Session | undefined;
  /** The spawned pets of its owner, by slot. */
  readonly spawnedPets: readonly Pet[];
  /** All pets of the owner that the message names; none where it names a pet. */
  readonly pets: readonly Pet[];
  /** The timestamp of the last applied session event of the message's character; undefined if there is none. */
  readonly lastSessionEventAt: number | undefined;
  /** When the message was sent: milliseconds since 1970, as its record says. */
  readonly sentAt: number;
  /** The unit of work's one clock reading: milliseconds since 1970. */
  readonly now: number;
  readonly facts: Facts;
  /** The message's dice: 0 to 1, 1 excluded. The same each time they are rolled, under replay and retry too. */
  roll(): number;
}
