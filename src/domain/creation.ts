import { MAX_LEVEL, MIN_LEVEL } from './growth.ts';
import { MAX_FULLNESS } from './pet.ts';

/** What is kept of a pet as it was given, and that no rule looks at. */
export interface PetDetails {
  /** Cash-shop serial, uint64: most are above 2^53. */
  readonly cashId: bigint;
  /** uint16. */
  readonly flag: number;
  /** The character who bought it, uint32; 0 is nobody. */
  readonly purchaseBy: number;
}

/** A pet that is not there yet: unspawned, with nothing excluded. Widths and ranges as those of a pet. */
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

/** What somebody says of a pet that is to be created: within the ranges of a pet, but for the level. */
export type GivenPet = Pick<NewPet, 'ownerId' | 'templateId'> & Partial<NewPet>;

const NAME = 'Pet';
/** 90 days. */
const LIFETIME = 90 * 24 * 60 * 60 * 1_000;

/**
 * The pet as it begins: what was not said, or said as an empty value, has its default; a level that there is not is 1.
 *
 * @param now milliseconds since 1970.
 */
export function newPet({ ownerId, templateId, ...given }: GivenPet, now: number): NewPet {
  const {
    level = MIN_LEVEL,
    closeness = 0,
    expiration = now + LIFETIME,
    cashId = 0n,
    flag = 0,
    purchaseBy = 0,
  } = given;
  return {
    ownerId,
    templateId,
    cashId,
    name: given.name || NAME,
    level: level >= MIN_LEVEL && level <= MAX_LEVEL ? level : MIN_LEVEL,
    closeness,
    fullness: given.fullness || MAX_FULLNESS,
    expiration,
    flag,
    purchaseBy,
  };
}
