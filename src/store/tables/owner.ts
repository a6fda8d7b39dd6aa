import { ownerKey } from '../../keys.ts';
import { execute, list, query, statement } from '../statement.ts';
import type { Connection } from '../statement.ts';
import { petKeyColumns } from './pet-key.ts';
import type { PetKey } from './pet-key.ts';

/** An owner, in one tenant. */
export interface OwnerKey {
  readonly tenantId: string;
  /** uint32. */
  readonly ownerId: number;
}

/** The owners that a unit of work locks: those of some pets, and some by their own key. */
export interface WantedOwners {
  readonly pets: readonly PetKey[];
  readonly owners: readonly OwnerKey[];
}

/** Owners of the pets $1, $2, and owners by their own key $3, $4. */
const WANTED_OWNERS = `SELECT pet.tenant_id, pet.owner_id
                      FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant_id, id)
                      JOIN pet USING (tenant_id, id)
                     UNION ALL
                    SELECT * FROM unnest($3::uuid[], $4::bigint[])`;

// Owners are locked in the order of their key and in a statement of their own: a lock and a read in one statement
// would, after a wait, return the rows of before it. It does not wait for those that other sessions are known to hold
// ($5, $6). Keys are those of ownerKey() in src/keys.ts.
export const lockOwnersStatement = statement(
  `SELECT string_agg(tenant_id || '/' || owner_id, ',') AS owners
     FROM (SELECT tenant_id, owner_id
             FROM owner
            WHERE (tenant_id, owner_id) IN (
                    ${WANTED_OWNERS})
              AND (tenant_id, owner_id) NOT IN (SELECT * FROM unnest($5::uuid[], $6::bigint[]))
            ORDER BY tenant_id, owner_id
              FOR UPDATE) AS locked`,
  { owners: 'text?' },
);

// The same without any wait: other sessions hold what is left over.
export const lockFreeOwnersStatement = statement(
  `WITH wanted AS (
     SELECT tenant_id, owner_id
       FROM owner
      WHERE (tenant_id, owner_id) IN (
                    ${WANTED_OWNERS})),
   locked AS (
     SELECT tenant_id, owner_id
       FROM owner
      WHERE (tenant_id, owner_id) IN (SELECT * FROM wanted)
      ORDER BY tenant_id, owner_id
        FOR UPDATE SKIP LOCKED)
   SELECT (SELECT string_agg(tenant_id || '/' || owner_id, ',') FROM locked) AS owners,
          (SELECT string_agg(tenant_id || '/' || owner_id, ',')
             FROM wanted
            WHERE (tenant_id, owner_id) NOT IN (SELECT * FROM locked)) AS held`,
  { owners: 'text?', held: 'text?' },
);

// A sweep takes the owners that no other session holds, and waits for none.
export const claimOwnersStatement = statement(
  `SELECT string_agg(tenant_id || '/' || owner_id, ',') AS owners
     FROM (SELECT tenant_id, owner_id
             FROM owner
            WHERE (tenant_id, owner_id) IN (SELECT * FROM unnest($1::uuid[], $2::bigint[]))
            ORDER BY tenant_id, owner_id
              FOR UPDATE SKIP LOCKED) AS claimed`,
  { owners: 'text?' },
);

export const insertOwnerStatement = statement(
  `INSERT INTO owner (tenant_id, owner_id) VALUES ($1::uuid, $2::bigint) ON CONFLICT DO NOTHING`,
  {},
);

// In a statement of its own, as above.
export const lockOwnerStatement = statement(
  `SELECT owner_id AS id FROM owner WHERE tenant_id = $1::uuid AND owner_id = $2::bigint FOR UPDATE`,
  { id: 'int8' },
);

/** Locks the owners, except `held`, in the order of their key; waits for other sessions. @returns the keys of the locked ones. */
export async function lockOwners(
  connection: Connection,
  { pets, owners }: WantedOwners,
  held: readonly OwnerKey[],
): Promise<ReadonlySet<string>> {
  const keys = [...petKeyColumns(pets), ...ownerKeyColumns(owners)];
  const [lock] = await query(connection, lockOwnersStatement, ...keys, ...ownerKeyColumns(held));
  return keysIn(lock?.owners);
}

/** Locks those of the owners that no other session holds. @returns their keys, and those of the owners that are held. */
export async function lockFreeOwners(
  connection: Connection,
  { pets, owners }: WantedOwners,
): Promise<{ readonly locked: ReadonlySet<string>; readonly held: ReadonlySet<string> }> {
  const [lock] = await query(connection, lockFreeOwnersStatement, ...petKeyColumns(pets), ...ownerKeyColumns(owners));
  return { locked: keysIn(lock?.owners), held: keysIn(lock?.held) };
}

/** Locks those of the owners that no other session holds. @returns these. */
export async function claimOwners<Owner extends OwnerKey>(
  connection: Connection,
  owners: readonly Owner[],
): Promise<Owner[]> {
  const [claim] = await query(connection, claimOwnersStatement, ...ownerKeyColumns(owners));
  return ownersIn(owners, keysIn(claim?.owners));
}

/** Inserts an owner that has no row yet, and locks it. */
export async function insertAndLockOwner(connection: Connection, { tenantId, ownerId }: OwnerKey): Promise<void> {
  await execute(connection, insertOwnerStatement, tenantId, ownerId);
  await query(connection, lockOwnerStatement, tenantId, ownerId);
}

/** Returns those of the owners whose keys are among these. */
export function ownersIn<Owner extends OwnerKey>(owners: readonly Owner[], keys: ReadonlySet<string>): Owner[] {
  return owners.filter(({ tenantId, ownerId }) => keys.has(ownerKey(tenantId, ownerId)));
}

/** Reads owners' keys with commas between. */
export function keysIn(text: string | null | undefined): ReadonlySet<string> {
  return new Set(text?.split(','));
}

/** Returns the key columns of some owners. */
export function ownerKeyColumns(owners: readonly OwnerKey[]): [tenants: string, ids: string] {
  return [list(owners.map(({ tenantId }) => tenantId)), list(owners.map(({ ownerId }) => ownerId))];
}
