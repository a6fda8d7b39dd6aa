import type { NewPet, PetDetails } from '../../domain/creation.ts';
import { isSpawned, NOT_SPAWNED, UNKNOWN_POSITION } from '../../domain/pet.ts';
import type { ChangeableField, Pet, Position } from '../../domain/pet.ts';
import { DUE, DUE_ROWS } from '../due.ts';
import type { DueOwner, DueCursor } from '../due.ts';
import { InvariantError } from '../../invariant.ts';
import { arrayColumns } from '../array-columns.ts';
import type { ArrayColumn } from '../array-columns.ts';
import { chunksOf, execute, query, queryOne, statement } from '../statement.ts';
import type { Connection, Row } from '../statement.ts';
import { jsonText, milliseconds, number, numbers, optionalNumber, plainText, readRows } from '../text-rows.ts';
import { OWNER_KEYS } from './owner.ts';
import type { OwnerKey } from './owner.ts';
import { PET_KEYS } from './pet-key.ts';
import type { PetKey } from './pet-key.ts';
import { WITH_POSITION } from './pet-position.ts';

/** A pet and its tenant. */
export interface TenantPet {
  readonly tenantId: string;
  readonly pet: Pet;
}

/** A pet as it is stored and as it is now. */
export interface ChangedPet extends TenantPet {
  readonly stored: Pet;
}

/** A pet with all that is kept of it. */
export type StoredPet = Pet & PetDetails;

/** A pet with its position. */
export type PositionedPet = StoredPet & { readonly position: Position };

/** A pet is one line of a text, with tabs between its columns. */
const PET_ROWS = readRows(
  { column: '\t', row: '\n' },
  {
    tenantId: plainText('pet.tenant_id'),
    pet: {
      id: number('pet.id'),
      ownerId: number('pet.owner_id'),
      templateId: number('pet.template_id'),
      name: jsonText('pet.name'),
      level: number('pet.level'),
      closeness: number('pet.closeness'),
      fullness: number('pet.fullness'),
      slot: number(`coalesce(pet.slot, ${String(NOT_SPAWNED)})`),
      expiration: optionalNumber(milliseconds('pet.expiration')),
      excludes: numbers('pet.excludes'),
      createdAt: number(milliseconds('pet.created_at')),
    },
  },
);
const PETS = `${PET_ROWS.aggregate()} AS pets`;

export const loadPetsStatement = statement(
  `SELECT ${PETS}
     FROM ${PET_KEYS.unnest(1, 'target')}
     JOIN pet USING (tenant_id, id)`,
  PET_KEYS.types,
  { pets: 'text?' },
);

// Owner by owner. If statistics count no spawned pet, as they do in the hour before everyone logs in, a join would read all
// pets that are spawned by now, and find the owner of each. OFFSET keeps the planner from making a join of it.
export const loadSpawnedStatement = statement(
  `SELECT ${PETS}
     FROM ${OWNER_KEYS.unnest(1, 'locked')}
    CROSS JOIN LATERAL (
            SELECT *
              FROM pet
             WHERE pet.tenant_id = locked.tenant_id AND pet.owner_id = locked.owner_id AND pet.slot IS NOT NULL
            OFFSET 0) AS pet`,
  OWNER_KEYS.types,
  { pets: 'text?' },
);

// Page by page, by the pets' ids: an owner may have hundreds of thousands.
export const loadOwnedStatement = statement(
  `SELECT ${PETS}
     FROM (SELECT pet.*
             FROM ${OWNER_KEYS.unnest(1, 'locked')}
             JOIN pet USING (tenant_id, owner_id)
            WHERE pet.id > $3::bigint
            ORDER BY pet.id
            LIMIT $4::int) AS pet`,
  [...OWNER_KEYS.types, 'int8', 'int4'],
  { pets: 'text?' },
);

export const deletePetsStatement = statement(
  `DELETE FROM pet WHERE (tenant_id, id) IN (SELECT * FROM ${PET_KEYS.unnest(1)})`,
  PET_KEYS.types,
  {},
);

/** A field that a rule may change: a column with one value, or one with a list. */
type FieldColumn =
  | { readonly type: 'int2' | 'int4'; readonly value: (pet: Pet) => number | null }
  | { readonly type: 'text'; readonly value: (pet: Pet) => string }
  | { readonly items: (pet: Pet) => readonly number[] };

/** The column of each field that a rule may change: a field without one does not compile. Lists have statements of their own. */
const FIELD_COLUMNS = {
  level: { type: 'int2', value: (pet) => pet.level },
  closeness: { type: 'int4', value: (pet) => pet.closeness },
  fullness: { type: 'int2', value: (pet) => pet.fullness },
  slot: { type: 'int2', value: (pet) => (isSpawned(pet) ? pet.slot : null) },
  excludes: { items: (pet) => pet.excludes },
} as const satisfies Readonly<Record<ChangeableField, FieldColumn>>;

const { excludes: EXCLUDES, ...VALUE_COLUMNS } = FIELD_COLUMNS;

const CHANGED_PETS = arrayColumns<TenantPet>()(
  ['tenant_id', 'uuid', ({ tenantId }) => tenantId],
  ['id', 'int8', ({ pet }) => pet.id],
  ...Object.entries(VALUE_COLUMNS).map(([name, { type, value }]): ArrayColumn<TenantPet> => [
    name,
    type,
    ({ pet }) => value(pet),
  ]),
);

export const updatePetsStatement = statement(
  `UPDATE pet
      SET ${Object.keys(VALUE_COLUMNS)
        .map((name) => `${name} = c.${name}`)
        .join(', ')}
     FROM ${CHANGED_PETS.unnest(1, 'c')}
    WHERE pet.id = c.id AND pet.tenant_id = c.tenant_id`,
  CHANGED_PETS.types,
  {},
);

// Lists of different lengths do not fit into one array, so each is a text of its own between semicolons. A single empty
// one makes an array of nothing, hence the coalesce.
export const updateExcludesStatement = statement(
  `UPDATE pet
      SET excludes = string_to_array(coalesce(c.items, ''), ',')::bigint[]
     FROM unnest($1::uuid[], $2::bigint[], string_to_array($3, ';')) AS c (tenant_id, id, items)
    WHERE pet.id = c.id AND pet.tenant_id = c.tenant_id`,
  [...PET_KEYS.types, 'text'],
  {},
);

export const insertPetStatement = statement(
  `INSERT INTO pet (tenant_id, owner_id, cash_id, template_id, name, level, closeness, fullness, expiration, flag,
                    purchase_by)
   VALUES ($1::uuid, $2::bigint, $3::text::numeric, $4::bigint, $5, $6::smallint, $7::int, $8::smallint,
           to_timestamp($9::float8 / 1000), $10::int, $11::bigint)
   RETURNING id`,
  ['uuid', 'int8', 'text', 'int8', 'text', 'int2', 'int4', 'int2', 'float8', 'int4', 'int8'],
  { id: 'int8' },
);

/** The columns of a pet for HTTP: the SQL and the type of each. */
const HTTP_COLUMNS = {
  id: ['id', 'int8'],
  ownerId: ['pet.owner_id', 'int8'],
  cashId: ['cash_id::text', 'text'],
  templateId: ['template_id', 'int8'],
  name: ['name', 'text'],
  level: ['level::int', 'int4'],
  closeness: ['closeness', 'int4'],
  fullness: ['fullness::int', 'int4'],
  expiration: [milliseconds('expiration'), 'int8?'],
  slot: [`coalesce(slot, ${String(NOT_SPAWNED)})::int`, 'int4'],
  flag: ['flag', 'int4'],
  purchaseBy: ['purchase_by', 'int8'],
  excludes: [`array_to_string(excludes, ',')`, 'text?'],
  createdAt: [milliseconds('created_at'), 'int8'],
  x: [`coalesce(p.x, ${String(UNKNOWN_POSITION.x)})::int`, 'int4'],
  y: [`coalesce(p.y, ${String(UNKNOWN_POSITION.y)})::int`, 'int4'],
  stance: [`coalesce(p.stance, ${String(UNKNOWN_POSITION.stance)})::int`, 'int4'],
  fh: [`coalesce(p.fh, ${String(UNKNOWN_POSITION.fh)})::int`, 'int4'],
} as const;
type HttpTypes = { readonly [Name in keyof typeof HTTP_COLUMNS]: (typeof HTTP_COLUMNS)[Name][1] };

const PET_COLUMNS = Object.entries(HTTP_COLUMNS)
  .map(([name, [sql]]) => `${sql} AS "${name}"`)
  .join(', ');
const PET_TYPES = Object.fromEntries(
  Object.entries(HTTP_COLUMNS).map(([name, [, type]]) => [name, type]),
) as unknown as HttpTypes;

export const findPetStatement = statement(
  `SELECT ${PET_COLUMNS} FROM pet ${WITH_POSITION} WHERE pet.tenant_id = $1::uuid AND id = $2::bigint`,
  ['uuid', 'int8'],
  PET_TYPES,
);

export const listPetsStatement = statement(
  `SELECT ${PET_COLUMNS}, (count(*) OVER ())::int AS total
     FROM pet
     ${WITH_POSITION}
    WHERE pet.tenant_id = $1::uuid AND pet.owner_id = $2::bigint
    ORDER BY pet.slot NULLS LAST, pet.id
    LIMIT $3::int OFFSET $4::bigint`,
  ['uuid', 'int8', 'int4', 'int8'],
  { ...PET_TYPES, total: 'int4' },
);

export const countPetsStatement = statement(
  `SELECT count(*)::int AS total FROM pet WHERE tenant_id = $1::uuid AND owner_id = $2::bigint`,
  ['uuid', 'int8'],
  { total: 'int4' },
);

export const dueExpirationStatement = statement(
  `SELECT ${DUE}
     FROM (SELECT expired.expiration AS at, expired.tenant_id, expired.owner_id, expired.id, expired.template_id::text AS templates,
                  row_number() OVER (ORDER BY expired.expiration, expired.id) AS place
             FROM (SELECT *
                     FROM pet
                    WHERE slot IS NOT NULL
                      AND expiration IS NOT NULL
                      AND expiration <= to_timestamp($1::float8 / 1000)
                      AND (expiration, pet.id) > (to_timestamp($2::float8 / 1000)::timestamptz(3), $3::bigint)
                    ORDER BY expiration, pet.id
                    LIMIT $4::int) AS expired) AS line`,
  ['float8', 'float8', 'int8', 'int4'],
  { due: 'text?' },
);

export async function loadPets(connection: Connection, pets: readonly PetKey[]): Promise<TenantPet[]> {
  const loaded = await queryOne(connection, loadPetsStatement, ...PET_KEYS.values(pets));
  return PET_ROWS.parse(loaded.pets);
}

/** Loads the spawned pets of these owners. */
export async function loadSpawnedPets(connection: Connection, owners: readonly OwnerKey[]): Promise<TenantPet[]> {
  const loaded = await queryOne(connection, loadSpawnedStatement, ...OWNER_KEYS.values(owners));
  return PET_ROWS.parse(loaded.pets);
}

const MAX_PAGE_PETS = 10_000;

/** Loads all pets of these owners. */
export async function* loadOwnedPets(connection: Connection, owners: readonly OwnerKey[]): AsyncGenerator<TenantPet[]> {
  for (let last = 0, isFull = true; isFull;) {
    const keys = OWNER_KEYS.values(owners);
    const owned = await queryOne(connection, loadOwnedStatement, ...keys, last, MAX_PAGE_PETS);
    const page = PET_ROWS.parse(owned.pets);
    isFull = page.length === MAX_PAGE_PETS;
    for (const { pet } of page) last = Math.max(last, pet.id);
    yield page;
  }
}

/** Deletes pets, whose owners are locked. */
export async function deletePets(connection: Connection, pets: readonly TenantPet[]): Promise<void> {
  for (const some of chunksOf(pets)) await execute(connection, deletePetsStatement, ...keysOf(some));
}

/** Updates pets, whose owners are locked: what often changes in one statement, excludes in another. */
export async function updatePets(connection: Connection, changed: readonly ChangedPet[]): Promise<void> {
  if (changed.length === 0) return;
  const updated = await execute(connection, updatePetsStatement, ...CHANGED_PETS.values(changed));
  if (updated !== changed.length) {
    throw new InvariantError(`${String(changed.length)} pets were changed, ${String(updated)} rows updated`);
  }
  const excluding = changed.filter(({ stored, pet }) => EXCLUDES.items(pet) !== EXCLUDES.items(stored));
  if (excluding.length === 0) return;
  const items = excluding.map(({ pet }) => EXCLUDES.items(pet).join(',')).join(';');
  await execute(connection, updateExcludesStatement, ...keysOf(excluding), items);
}

/** Inserts a pet, whose owner is locked. @returns its id, uint32. */
export async function insertPet(connection: Connection, tenantId: string, pet: NewPet): Promise<number> {
  const row = await queryOne(
    connection,
    insertPetStatement,
    tenantId,
    pet.ownerId,
    String(pet.cashId),
    pet.templateId,
    pet.name,
    pet.level,
    pet.closeness,
    pet.fullness,
    pet.expiration,
    pet.flag,
    pet.purchaseBy,
  );
  return Number(row.id);
}

/** Returns one pet of the tenant; undefined if there is none. */
export async function findPet(
  connection: Connection,
  tenantId: string,
  id: number,
): Promise<PositionedPet | undefined> {
  const [row] = await query(connection, findPetStatement, tenantId, id);
  return row && toPet(row);
}

/**
 * Lists some of an owner's pets: the spawned ones by slot, then the others by id.
 *
 * @param size how many at most.
 * @param offset how many are left out before them.
 * @returns them, and the number of all.
 */
export async function listPets(
  connection: Connection,
  tenantId: string,
  ownerId: number,
  { size, offset }: { readonly size: number; readonly offset: number },
): Promise<{ readonly total: number; readonly pets: readonly PositionedPet[] }> {
  const rows = await query(connection, listPetsStatement, tenantId, ownerId, size, offset);
  const [first] = rows;
  if (first !== undefined) return { total: first.total, pets: rows.map(toPet) };
  if (offset === 0) return { total: 0, pets: [] };
  // Beyond the last pet no row has the number of all.
  const { total } = await queryOne(connection, countPetsStatement, tenantId, ownerId);
  return { total, pets: [] };
}

/** Owners of spawned pets that have expired, one for each such pet; first those that have waited longest. */
export async function dueExpiration(
  connection: Connection,
  now: number,
  after: DueCursor,
  limit: number,
): Promise<DueOwner[]> {
  const { due } = await queryOne(connection, dueExpirationStatement, now, after.at, after.id, limit);
  return DUE_ROWS.parse(due);
}

function keysOf(pets: readonly TenantPet[]) {
  return PET_KEYS.values(pets.map(({ tenantId, pet }) => ({ tenantId, petId: pet.id })));
}

function toPet(row: Row<HttpTypes>): PositionedPet {
  return {
    id: Number(row.id),
    ownerId: Number(row.ownerId),
    templateId: Number(row.templateId),
    name: row.name,
    level: row.level,
    closeness: row.closeness,
    fullness: row.fullness,
    expiration: row.expiration === null ? null : Number(row.expiration),
    slot: row.slot,
    excludes: row.excludes ? row.excludes.split(',').map(Number) : [],
    cashId: BigInt(row.cashId),
    flag: row.flag,
    purchaseBy: Number(row.purchaseBy),
    createdAt: Number(row.createdAt),
    position: { x: row.x, y: row.y, stance: row.stance, fh: row.fh },
  };
}
