/** A pet as a JSON:API resource: the one place that says which attributes there are, and how wide each is. */
import { newPet } from '../domain/creation.ts';
import type { GivenPet, NewPet } from '../domain/creation.ts';
import type { PositionedPet } from '../store/tables/pet.ts';

export const TYPE = 'pets';

export const MAX_UINT32 = 4_294_967_295;
export const MAX_UINT64 = 18_446_744_073_709_551_615n;

/**
 * What may be said of a new pet; null counts as not said. A new pet is never spawned, excludes nothing and stands nowhere,
 * whatever is said of that. `uint64` is a keyword of our own: those numbers come as bigint.
 */
const ATTRIBUTES = {
  cashId: { uint64: true },
  templateId: { type: 'integer', minimum: 1, maximum: MAX_UINT32 },
  name: { type: 'string', maxLength: 13, storable: true },
  // A level that there is not becomes 1.
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

/** A document with a new pet. @param ownerless whether the path names the owner, so that the pet need not. */
export function createSchema(ownerless: boolean) {
  return {
    type: 'object',
    required: ['data'],
    properties: {
      data: {
        type: 'object',
        required: ['type', 'attributes'],
        properties: {
          type: { type: 'string', const: TYPE },
          // Clients marshal an id that is not set as "0".
          id: { type: 'string', const: '0' },
          attributes: {
            type: 'object',
            required: ownerless ? ['templateId'] : ['templateId', 'ownerId'],
            properties: ATTRIBUTES,
          },
        },
      },
    },
  };
}

/** A document that keeps to {@link createSchema}. */
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

/** Go's zero time: no expiration. */
const NONE = '0001-01-01T00:00:00Z';
const YEAR_2 = Date.parse('0002-01-01T00:00:00Z');

/** The pet that a document asks for. @param now milliseconds since 1970. */
export function petOf({ data: { attributes } }: CreateDocument, ownerId: number, now: number): NewPet {
  const { expiration, ...given } = attributes;
  const expires = expiration === undefined ? NaN : Date.parse(expiration);
  // Clients write Go's zero time in any zone, also in that of a local mean time: it may lie in the year before.
  const lasts = expires >= YEAR_2;
  return newPet({ ...given, ownerId, ...(lasts && { expiration: expires }) }, now);
}

/** Writes a number of JSON as it is, whatever its size. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

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
      expiration: pet.expiration === null ? NONE : new Date(pet.expiration).toISOString(),
      ownerId: pet.ownerId,
      slot: pet.slot,
      ...pet.position,
      excludes: pet.excludes.map((itemId) => ({ itemId })),
      flag: pet.flag,
      purchaseBy: pet.purchaseBy,
    },
  };
}
