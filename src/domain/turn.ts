import type { Pet } from './pet.ts';

/** What a rule may know when it is one message's turn. */
export interface Turn {
  /** The pet that the message names; undefined where the tenant has no such pet. */
  readonly pet: Pet | undefined;
  /** The spawned pets of its owner, by slot. */
  readonly out: readonly Pet[];
  /** The unit of work's one clock reading: milliseconds since 1970. */
  readonly now: number;
}
