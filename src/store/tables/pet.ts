import type { NewPet, PetDetails } from '../../domain/creation.ts';
import { isSpawned, NOT_SPAWNED, UNKNOWN_POSITION } from '../../domain/pet.ts';
import type { Pet, Position } from '../../domain/pet.ts';
import { DUE_LINES, parseDue } from '../due.ts';
import type { Due, DueCursor } from '../due.ts';
import { InvariantError } from '../../invariant.ts';
import { chunksOf, execute, list, query, statement } from '../statement.ts';
import type { Connection, Row } from '../statement.ts';
import { ownerKeyColumns } from './owner.ts';
import type { OwnerKey } from './owner.ts';
import { petKeyColumns } from './pet-key.ts';
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

// A pet is one line of a text, its columns with tabs between: Prisma takes ten times as long for a thousand rows of
// ten columns as for one long text. The name comes as JSON, so it has neither tab nor line break.
const PET_LINES = `string_agg(concat_ws(E'\t', pet.id, pet.tenant_id, pet.owner_id, pet.template_id, pet.level,
          pet.closeness, pet.fullness, coalesce(pet.slot, ${String(NOT_SPAWNED)}),
          coalesce((extract(epoch FROM pet.expiration) * 1000)::bigint::text, ''),
          coalesce(array_to_string(pet.excludes, ','), ''), (extract(epoch FROM pet.created_at) * 1000)::bigint,
          to_json(pet.name)), E'\n') AS pets`;

export const loadPetsStatement = statement(
  `SELECT ${PET_LINES}
     FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant_id, id)
     JOIN pet USING (tenant_id, id)`,
  { pets: 'text?' },
);

// Owner by owner. If statistics count no spawned pet, as they do in the hour before everyone logs in, a join would read all
// pets that are spawned by now, and find the owner of each. OFFSET keeps the planner from making a join of it.
export const loadSpawnedStatement = statement(
  `SELECT ${PET_LINES}
     FROM unnest($1::uuid[], $2::bigint[]) AS locked (tenant_id, owner_id)
    CROSS JOIN LATERAL (
            SELECT *
              FROM pet
             WHERE pet.tenant_id = locked.tenant_id AND pet.owner_id = locked.owner_id AND pet.slot IS NOT NULL
            OFFSET 0) AS pet`,
  { pets: 'text?' },
);

// Page by page, by the pets' ids: an owner may have hundreds of thousands.
export const loadOwnedStatement = statement(
  `SELECT ${PET_LINES}
     FROM (SELECT pet.*
             FROM unnest($1::uuid[], $2::bigint[]) AS locked (tenant_id, owner_id)
             JOIN pet USING (tenant_id, owner_id)
            WHERE pet.id > $3::bigint
            ORDER BY pet.id
            LIMIT $4::int) AS pet`,
  { pets: 'text?' },
);

export const deletePetsStatement = statement(
  `DELETE FROM pet WHERE (tenant_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::bigint[]))`,
  {},
);

export const updatePetsStatement = statement(
  `UPDATE pet
      SET level = c.level, closeness = c.closeness, fullness = c.fullness, slot = c.slot
     FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::int[], $5::smallint[], $6::smallint[])
       AS c (tenant_id, id, level, closeness, fullness, slot)
    WHERE pet.id = c.id AND pet.tenant_id = c.tenant_id`,
  {},
);

// Lists of different lengths do not fit into one array, so each is a text of its own between semicolons. A single empty
// one makes an array of nothing, hence the coalesce.
export const updateExcludesStatement = statement(
  `UPDATE pet
      SET excludes = string_to_array(coalesce(c.items, ''), ',')::bigint[]
     FROM unnest($1::uuid[], $2::bigint[], string_to_array($3, ';')) AS c (tenant_id, id, items)
    WHERE pet.id = c.id AND pet.tenant_id = c.tenant_id`,
  {},
);

export const insertPetStatement = statement(
  `INSERT INTO pet (tenant_id, owner_id, cash_id, template_id, name, level, closeness, fullness, expiration, flag,
                    purchase_by)
   VALUES ($1::uuid, $2::bigint, $3::text::numeric, $4::bigint, $5, $6::smallint, $7::int, $8::smallint,
           to_timestamp($9::float8 / 1000), $10::int, $11::bigint)
   RETURNING id`,
  { id: 'int8' },
);

const PET_COLUMNS = `id, pet.owner_id AS "ownerId", cash_id::text AS "cashId", template_id AS "templateId", name,
          level::int AS level, closeness, fullness::int AS fullness,
          (extract(epoch FROM expiration) * 1000)::bigint AS expiration,
          coalesce(slot, ${String(NOT_SPAWNED)})::int AS slot, flag, purchase_by AS "purchaseBy",
          array_to_string(excludes, ',') AS excludes, (extract(epoch FROM created_at) * 1000)::bigint AS "createdAt",
          coalesce(p.x, ${String(UNKNOWN_POSITION.x)})::int AS x, coalesce(p.y, ${String(UNKNOWN_POSITION.y)})::int AS y,
          coalesce(p.stance, ${String(UNKNOWN_POSITION.stance)})::int AS stance,
          coalesce(p.fh, ${String(UNKNOWN_POSITION.fh)})::int AS fh`;

const PET_TYPES = {
  id: 'int8',
  ownerId: 'int8',
  cashId: 'text',
  templateId: 'int8',
  name: 'text',
  level: 'int4',
  closeness: 'int4',
  fullness: 'int4',
  expiration: 'int8?',
  slot: 'int4',
  flag: 'int4',
  purchaseBy: 'int8',
  excludes: 'text?',
  createdAt: 'int8',
  x: 'int4',
  y: 'int4',
  stance: 'int4',
  fh: 'int4',
} as const;

export const findPetStatement = statement(
  `SELECT ${PET_COLUMNS} FROM pet ${WITH_POSITION} WHERE pet.tenant_id = $1::uuid AND id = $2::bigint`,
  PET_TYPES,
);

export const listPetsStatement = statement(
  `SELECT ${PET_COLUMNS}, (count(*) OVER ())::int AS total
     FROM pet
     ${WITH_POSITION}
    WHERE pet.tenant_id = $1::uuid AND pet.owner_id = $2::bigint
    ORDER BY pet.slot NULLS LAST, pet.id
    LIMIT $3::int OFFSET $4::bigint`,
  { ...PET_TYPES, total: 'int4' },
);

export const countPetsStatement = statement(
  `SELECT count(*)::int AS total FROM pet WHERE tenant_id = $1::uuid AND owner_id = $2::bigint`,
  { total: 'int4' },
);

export const dueExpirationStatement = statement(
  `SELECT ${DUE_LINES}
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
  { due: 'text?' },
);

export async function loadPets(connection: Connection, pets: readonly PetKey[]): Promise<TenantPet[]> {
  const [loaded] = await query(connection, loadPetsStatement, ...petKeyColumns(pets));
  return parsePets(loaded?.pets);
}

/** Loads the spawned pets of these owners. */
export async function loadSpawnedPets(connection: Connection, owners: readonly OwnerKey[]): Promise<TenantPet[]> {
  const [loaded] = await query(connection, loadSpawnedStatement, ...ownerKeyColumns(owners));
  return parsePets(loaded?.pets);
}

/** Pets in one page. */
const PAGE = 10_000;

/** Loads all pets of these owners. */
export async function* loadOwnedPets(connection: Connection, owners: readonly OwnerKey[]): AsyncGenerator<TenantPet[]> {
  for (let last = 0, isFull = true; isFull;) {
    const [owned] = await query(connection, loadOwnedStatement, ...ownerKeyColumns(owners), last, PAGE);
    const page = parsePets(owned?.pets);
    isFull = page.length === PAGE;
    for (const { pet } of page) last = Math.max(last, pet.id);
    yield page;
  }
}

/** Deletes pets, whose owners are locked. */
export async function deletePets(connection: Connection, pets: readonly TenantPet[]): Promise<void> {
  for (const some of chunksOf(pets)) await execute(connection, deletePetsStatement, ...keyColumns(some));
}

/** Updates pets, whose owners are locked: what often changes in one statement, excludes in another. */
export async function updatePets(connection: Connection, changed: readonly ChangedPet[]): Promise<void> {
  if (changed.length === 0) return;
  const pets = changed.map((one) => one.pet);
  const updated = await execute(
    connection,
    updatePetsStatement,
    ...keyColumns(changed),
    list(pets.map((pet) => pet.level)),
    list(pets.map((pet) => pet.closeness)),
    list(pets.map((pet) => pet.fullness)),
    list(pets.map((pet) => (isSpawned(pet) ? pet.slot : null))),
  );
  if (updated !== changed.length) {
    throw new InvariantError(`${String(changed.length)} pets were changed, ${String(updated)} rows updated`);
  }
  const excluding = changed.filter(({ stored, pet }) => pet.excludes !== stored.excludes);
  if (excluding.length === 0) return;
  const items = excluding.map(({ pet }) => pet.excludes.join(',')).join(';');
  await execute(connection, updateExcludesStatement, ...keyColumns(excluding), items);
}

/** Inserts a pet, whose owner is locked. @returns its id, uint32. */
export async function insertPet(connection: Connection, tenantId: string, pet: NewPet): Promise<number> {
  const [row] = await query(
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
  if (row === undefined) throw new InvariantError('an INSERT of a pet returned no id');
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
  const [count] = await query(connection, countPetsStatement, tenantId, ownerId);
  if (count === undefined) throw new InvariantError('an aggregate without GROUP BY returned no row');
  return { total: count.total, pets: [] };
}

/** Owners of spawned pets that have expired, one for each such pet; first those that have waited longest. */
export async function dueExpiration(
  connection: Connection,
  now: number,
  after: DueCursor,
  limit: number,
): Promise<Due[]> {
  const [read] = await query(connection, dueExpirationStatement, now, after.at, after.id, limit);
  return parseDue(read?.due);
}

const NO_EXCLUDES: readonly number[] = [];

/** Reads the lines of {@link PET_LINES}. */
function parsePets(lines: string | null | undefined): TenantPet[] {
  return (lines ?? '').split('\n').flatMap((line) => {
    if (line === '') return [];
    const [id, tenantId = '', ownerId, templateId, level, closeness, fullness, slot, ...rest] = line.split('\t');
    const [expiration, excludes, createdAt, name = ''] = rest;
    const pet = {
      id: Number(id),
      ownerId: Number(ownerId),
      templateId: Number(templateId),
      name: JSON.parse(name) as string,
      level: Number(level),
      closeness: Number(closeness),
      fullness: Number(fullness),
      slot: Number(slot),
      expiration: expiration ? Number(expiration) : null,
      excludes: excludes ? excludes.split(',').map(Number) : NO_EXCLUDES,
      createdAt: Number(createdAt),
    };
    return [{ tenantId, pet }];
  });
}

function keyColumns(pets: readonly TenantPet[]): [tenants: string, ids: string] {
  return petKeyColumns(pets.map(({ tenantId, pet }) => ({ tenantId, petId: pet.id })));
}

function toPet(row: Row<typeof PET_TYPES>): PositionedPet {
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
