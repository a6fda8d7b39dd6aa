import type { Position } from './pet.ts';
import type { Place } from './session.ts';

/** Where a pet is said to stand. */
export interface Move extends Place, Position {
  readonly tenantId: string;
  /** Up to 2^53 - 1: an id that no pet can have is an unknown pet. */
  readonly petId: number;
  /** Whose pet it is said to be, uint32. */
  readonly ownerId: number;
}
