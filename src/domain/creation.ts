import { MAX_LEVEL, MIN_LEVEL } from './growth.ts';
import { MAX_FULLNESS } from './pet.ts';

/** Attributes of a pet that are stored as given. No rule uses them. */
export interface PetDetails {
  /** Cash-shop serial, uint64: most are above 2^53. */
  readonly cashId: bigint;
  /** uint16. */
  readonly flag: number;
  /** The character who bought it, uint32; 0 is nobody. */
  readonly purchaseBy: number;
}

/** A pet before it is stored: not spawned, without excludes. Fields have the ranges of a pet's. */
export interface NewPet extends PetDetails {
  readonly ownerId: number;
  readonly templateId: number;
  readonly name: string;
  readonly level: number;
  readonly closeness: number;
  readonly fullness: number;
  /** Milliseconds since 1970. */
  readonly expiration: number;
}

/** The attributes of a new pet that a client sends: each within its range, except that the level may be any number. */
export type GivenPet = Pick<NewPet, 'ownerId' | 'templateId'> & Partial<NewPet>;

const DEFAULT_NAME = 'Pet';
const DAY_MS = 24 * 60 * 60 * 1_000;
const DEFAULT_LIFETIME_MS = 90 * DAY_MS;

/**
 * Returns a pet with the default of each field that was not given or was given as an empty value. A level out of its
 * range is 1.
 *
 * @param now milliseconds since 1970.
 */
export function newPet({ ownerId, templateId, ...given }: GivenPet, now: number): NewPet {
  const {
    level = MIN_LEVEL,
    closeness = 0,
    expiration = now + DEFAULT_LIFETIME_MS,
    cashId = 0n,
    flag = 0,
    purchaseBy = 0,
  } = given;
  return {
    ownerId,
    templateId,
    cashId,
    name: given.name || DEFAULT_NAME,
    level: level >= MIN_LEVEL && level <= MAX_LEVEL ? level : MIN_LEVEL,
    closeness,
    fullness: given.fullness || MAX_FULLNESS,
    expiration,
    flag,
    purchaseBy,
  };
}
