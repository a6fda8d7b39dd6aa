import type { NewPet, PetDetails } from '../domain/creation.ts';
import { NOT_SPAWNED, UNKNOWN_POSITION } from '../domain/pet.ts';
import type { Pet, Position } from '../domain/pet.ts';
import { inTransaction } from './database.ts';
import type { Database } from './database.ts';
import { insertOutbox } from './outbox.ts';
import type { OutboxEntry, PendingRecord } from './outbox.ts';
import { WITH_POSITION } from './positions.ts';
import { execute, query, statement } from './statement.ts';
import type { Connection, Row } from './statement.ts';

/** A pet with all that is kept of it. */
export type StoredPet = Pet & PetDetails;

/** A pet with where it stands. */
export type PlacedPet = StoredPet & { readonly position: Position };

export const insertOwnerStatement = statement(
  `INSERT INTO owner (tenant_id, owner_id) VALUES ($1::uuid, $2::bigint) ON CONFLICT DO NOTHING`,
  {},
);

// In a statement of its own, see lockOwnersStatement.
export const lockOwnerStatement = statement(
  `SELECT owner_id AS id FROM owner WHERE tenant_id = $1::uuid AND owner_id = $2::bigint FOR UPDATE`,
  { id: 'int8' },
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

/**
 * Creates a pet under its owner's lock, as whoever changes an owner's pets does, so that what is told of it has its
 * place in the order of that owner's events. The owner is new where it had no pet.
 *
 * @param told what is told of it, once its id (uint32) is known.
 * @returns the id, and what is committed and now to be published.
 */
export function createPet(
  database: Database,
  tenantId: string,
  pet: NewPet,
  told: (id: number) => OutboxEntry,
): Promise<{ readonly id: number; readonly told: readonly PendingRecord[] }> {
  return inTransaction(database, async (transaction) => {
    await execute(transaction, insertOwnerStatement, tenantId, pet.ownerId);
    await query(transaction, lockOwnerStatement, tenantId, pet.ownerId);
    const [row] = await query(
      transaction,
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
    if (row === undefined) throw new Error('an inserted pet has no id');
    const id = Number(row.id);
    return { id, told: await insertOutbox(transaction, [told(id)]) };
  });
}

/** One pet of the tenant; undefined where there is none. */
export async function findPet(connection: Connection, tenantId: string, id: number): Promise<PlacedPet | undefined> {
  const [row] = await query(connection, findPetStatement, tenantId, id);
  return row && toPet(row);
}

/**
 * Some of an owner's pets: the spawned ones by slot, then the others by id; and how many there are in all.
 *
 * @param size how many at most.
 * @param offset how many are left out before them.
 */
export async function listPets(
  connection: Connection,
  tenantId: string,
  ownerId: number,
  { size, offset }: { readonly size: number; readonly offset: number },
): Promise<{ readonly total: number; readonly pets: readonly PlacedPet[] }> {
  const rows = await query(connection, listPetsStatement, tenantId, ownerId, size, offset);
  // Beyond the last pet no row says how many there are.
  const [count] =
    rows.length > 0 || offset === 0 ? rows : await query(connection, countPetsStatement, tenantId, ownerId);
  return { total: count?.total ?? 0, pets: rows.map(toPet) };
}

function toPet(row: Row<typeof PET_TYPES>): PlacedPet {
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
