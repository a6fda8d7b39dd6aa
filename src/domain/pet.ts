/**
 * The words of the game, as the code uses them.
 *
 * **owner**: a character with pets, in one tenant · **roster**: its pets · **slot**: the number of a spawned pet; 0 is the
 * **lead** · **decision**: the outcome of a rule: changes of pets with their events, or a **rejection**.
 */
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import type { RejectionReason } from '../../generated/contract/messages/pet-command-status.js';
import { InvariantError } from '../invariant.ts';
import type { Needs, UnavailableFact } from './facts.ts';
import type { SessionChange } from './session.ts';

export interface Pet {
  /** uint32, unique over all tenants. */
  readonly id: number;
  readonly ownerId: number;
  readonly templateId: number;
  /** 1 to 13 characters. */
  readonly name: string;
  /** 1 to 30. */
  readonly level: number;
  /** 0 to 30000. */
  readonly closeness: number;
  /** 0 to 100. */
  readonly fullness: number;
  /** Milliseconds since 1970; null never expires. */
  readonly expiration: number | null;
  /** 0, 1 or 2 if spawned, else {@link NOT_SPAWNED}. */
  readonly slot: number;
  /** Item ids that auto-loot skips, each once, in the order they were given. */
  readonly excludes: readonly number[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export const NOT_SPAWNED = -1;
export const LEAD = 0;
export const MAX_FULLNESS = 100;
export const MAX_SPAWNED = 3;

export function isSpawned(pet: Pet): boolean {
  return pet.slot !== NOT_SPAWNED;
}

/** The position of a pet on its map. */
export interface Position {
  /** int16, like y and fh (the foothold below the point). */
  readonly x: number;
  readonly y: number;
  /** 0 to 255. */
  readonly stance: number;
  readonly fh: number;
}

/** The position of a pet if none is known. */
export const UNKNOWN_POSITION: Position = { x: 0, y: 0, stance: 0, fh: 1 };

/**
 * The fields of a pet that a rule may change. Storage writes exactly these: a field without a column does not compile in
 * src/store/, and a rule that changes a field that is not listed here does not compile either.
 */
export const CHANGEABLE_FIELDS = [
  'level',
  'closeness',
  'fullness',
  'slot',
  'excludes',
] as const satisfies readonly (keyof Pet)[];

export type ChangeableField = (typeof CHANGEABLE_FIELDS)[number];

/**
 * New values of some changeable fields. The other fields of a pet are forbidden by name: `{ ...pet, templateId }` would else be
 * accepted, since TypeScript checks no excess properties of a spread object.
 */
export type ChangedFields = { readonly [Field in ChangeableField]?: Pet[Field] } & {
  readonly [Field in Exclude<keyof Pet, ChangeableField>]?: never;
};

/** What a rule changes of a pet: the fields that it sets, and nothing else. */
export interface PetChange {
  readonly petId: number;
  readonly fields: ChangedFields;
}

/** Sets fields of a pet. */
export function change(pet: Pet, fields: ChangedFields): PetChange {
  return { petId: pet.id, fields };
}

/** Returns the pet after a change. This is the only way in which a pet gets new values. */
export function applyChange<AnyPet extends Pet>(pet: AnyPet, { petId, fields }: PetChange): AnyPet {
  if (petId !== pet.id)
    throw new InvariantError(`a change of pet ${String(petId)} was applied to pet ${String(pet.id)}`);
  return { ...pet, ...fields };
}

/** What a decision does: changes of pets, deleted pets, and the events to send, in this order. */
export interface Changed {
  readonly kind: 'changed';
  /** At most one of each pet. */
  readonly changes: readonly PetChange[];
  /** The deleted pets, as they were. */
  readonly deleted: readonly Pet[];
  readonly events: readonly PetStatusEvent[];
  /** The character's new session state; undefined if it does not change. */
  readonly session?: SessionChange;
  /** The new position of a pet; undefined if it does not change. */
  readonly newPosition?: PetPosition;
}

export interface PetPosition {
  readonly petId: number;
  readonly position: Position;
}

export interface Rejected {
  readonly kind: 'rejected';
  readonly reason: RejectionReason;
}

/** Nothing to do, and no event to send. */
export interface Nothing {
  readonly kind: 'nothing';
}

/** The event is older than one that was applied already: it changes nothing. */
export interface Stale {
  readonly kind: 'stale';
}

/** Several pets may be meant, and no rule guesses. */
export interface Ambiguous {
  readonly kind: 'ambiguous';
  /** For people. */
  readonly message: string;
}

/** The outcome of a command, or the facts that its rule needs first. */
export type CommandDecision = Changed | Rejected | Needs;
export type Decision = CommandDecision | Nothing | Stale | Ambiguous | UnavailableFact;

export function changed(
  changes: readonly PetChange[],
  events: readonly PetStatusEvent[],
  deleted: readonly Pet[] = [],
): Changed {
  return { kind: 'changed', changes, deleted, events };
}

export function rejected(reason: RejectionReason): Rejected {
  return { kind: 'rejected', reason };
}
