/** A pet as a JSON:API resource: its attributes and their ranges. */
import { newPet } from '../domain/creation.ts';
import type { GivenPet, NewPet } from '../domain/creation.ts';
import type { PositionedPet } from '../store/tables/pet.ts';

export const TYPE = 'pets';

export const MAX_UINT32 = 4_294_967_295;
export const MAX_UINT64 = 18_446_744_073_709_551_615n;

/**
 * The attributes that a client may send for a new pet. `slot`, the position and `excludes` are ignored: a new pet is not
 * spawned, has no position and excludes nothing. `uint64` is a keyword of body.ts: such numbers are bigints.
 */
const ATTRIBUTES = {
  cashId: { uint64: true },
  templateId: { type: 'integer', minimum: 1, maximum: MAX_UINT32 },
  name: { type: 'string', maxLength: 13, storable: true },
  // The domain replaces a level that does not exist by 1.
  level: { type: 'integer' },
  closeness: { type: 'integer', minimum: 0, maximum: 30_000 },
  fullness: { type: 'integer', minimum: 0, maximum: 100 },
  expiration: { type: 'string', format: 'date-time' },
  ownerId: { type: 'integer', minimum: 1, maximum: MAX_UINT32 },
  slot: { type: 'integer' },
  x: { type: 'integer' },
  y: { type: 'integer' },
  stance: { type: 'integer' },
  fh: { type: 'integer' },
  excludes: { type: 'array' },
  flag: { type: 'integer', minimum: 0, maximum: 65_535 },
  purchaseBy: { type: 'integer', minimum: 0, maximum: MAX_UINT32 },
} as const;

/** Returns the schema of a document with a new pet. @param isOwnerInPath if true, the document need not name the owner. */
export function createSchema(isOwnerInPath: boolean) {
  return {
    type: 'object',
    required: ['data'],
    properties: {
      data: {
        type: 'object',
        required: ['type', 'attributes'],
        properties: {
          type: { type: 'string', const: TYPE },
          // Clients marshal an unset id as "0".
          id: { type: 'string', const: '0' },
          attributes: {
            type: 'object',
            required: isOwnerInPath ? ['templateId'] : ['templateId', 'ownerId'],
            properties: ATTRIBUTES,
          },
        },
      },
    },
  };
}

/** A document that is valid by {@link createSchema}. */
export interface CreateDocument {
  readonly data: {
    readonly type: string;
    readonly id?: string;
    readonly attributes: Omit<Partial<GivenPet>, 'expiration'> & {
      readonly templateId: number;
      readonly expiration?: string;
    };
  };
}

/** Go's zero time means: no expiration. */
const NO_EXPIRATION = '0001-01-01T00:00:00Z';
const YEAR_2 = Date.parse('0002-01-01T00:00:00Z');

/** Returns the pet that a document describes. @param now milliseconds since 1970. */
export function petOf({ data: { attributes } }: CreateDocument, ownerId: number, now: number): NewPet {
  const { expiration, ...given } = attributes;
  const expiresAt = expiration === undefined ? NaN : Date.parse(expiration);
  // Clients write Go's zero time in any time zone, so that it may lie in the year 1 or in the year before.
  const hasExpiration = expiresAt >= YEAR_2;
  return newPet({ ...given, ownerId, ...(hasExpiration && { expiration: expiresAt }) }, now);
}

/** Lets JSON.stringify write a number of any size exactly. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Returns the JSON:API resource of a pet. */
export function resourceOf(pet: PositionedPet) {
  return {
    type: TYPE,
    id: String(pet.id),
    attributes: {
      cashId: rawJSON(String(pet.cashId)),
      templateId: pet.templateId,
      name: pet.name,
      level: pet.level,
      closeness: pet.closeness,
      fullness: pet.fullness,
      expiration: pet.expiration === null ? NO_EXPIRATION : new Date(pet.expiration).toISOString(),
      ownerId: pet.ownerId,
      slot: pet.slot,
      ...pet.position,
      excludes: pet.excludes.map((itemId) => ({ itemId })),
      flag: pet.flag,
      purchaseBy: pet.purchaseBy,
    },
  };
}
