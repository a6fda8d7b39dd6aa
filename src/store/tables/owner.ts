import { ownerKey } from '../../keys.ts';
import { arrayColumns } from '../array-columns.ts';
import { execute, queryOne, statement } from '../statement.ts';
import type { Connection } from '../statement.ts';
import { PET_KEYS } from './pet-key.ts';
import type { PetKey } from './pet-key.ts';

/** An owner, in one tenant. */
export interface OwnerKey {
  readonly tenantId: string;
  /** uint32. */
  readonly ownerId: number;
}

/** Keys of owners as arrays. */
export const OWNER_KEYS = arrayColumns<OwnerKey>()(
  ['tenant_id', 'uuid', ({ tenantId }) => tenantId],
  ['owner_id', 'int8', ({ ownerId }) => ownerId],
);

/** The owners that a unit of work locks: those of some pets, and some by their own key. */
export interface WantedOwners {
  readonly pets: readonly PetKey[];
  readonly owners: readonly OwnerKey[];
}

/** Owners of the pets $1, $2, and owners by their own key $3, $4. */
const WANTED_OWNERS = `SELECT pet.tenant_id, pet.owner_id
                      FROM ${PET_KEYS.unnest(1, 'target')}
                      JOIN pet USING (tenant_id, id)
                     UNION ALL
                    SELECT * FROM ${OWNER_KEYS.unnest(3)}`;

/** Owners' keys in one text, for {@link keysIn}. A key is that of ownerKey() in src/keys.ts. */
const KEYS = `string_agg(tenant_id || '/' || owner_id, ',')`;

// Owners are locked in the order of their key and in a statement of their own: a lock and a read in one statement
// would, after a wait, return the rows of before it. It does not wait for those that other sessions are known to hold
// ($5, $6).
export const lockOwnersStatement = statement(
  `SELECT ${KEYS} AS owners
     FROM (SELECT tenant_id, owner_id
             FROM owner
            WHERE (tenant_id, owner_id) IN (
                    ${WANTED_OWNERS})
              AND (tenant_id, owner_id) NOT IN (SELECT * FROM ${OWNER_KEYS.unnest(5)})
            ORDER BY tenant_id, owner_id
              FOR UPDATE) AS locked`,
  [...PET_KEYS.types, ...OWNER_KEYS.types, ...OWNER_KEYS.types],
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
   SELECT (SELECT ${KEYS} FROM locked) AS owners,
          (SELECT ${KEYS}
             FROM wanted
            WHERE (tenant_id, owner_id) NOT IN (SELECT * FROM locked)) AS held`,
  [...PET_KEYS.types, ...OWNER_KEYS.types],
  { owners: 'text?', held: 'text?' },
);

// A sweep takes the owners that no other session holds, and waits for none.
export const claimOwnersStatement = statement(
  `SELECT ${KEYS} AS owners
     FROM (SELECT tenant_id, owner_id
             FROM owner
            WHERE (tenant_id, owner_id) IN (SELECT * FROM ${OWNER_KEYS.unnest(1)})
            ORDER BY tenant_id, owner_id
              FOR UPDATE SKIP LOCKED) AS claimed`,
  OWNER_KEYS.types,
  { owners: 'text?' },
);

export const insertOwnerStatement = statement(
  `INSERT INTO owner (tenant_id, owner_id) VALUES ($1::uuid, $2::bigint) ON CONFLICT DO NOTHING`,
  ['uuid', 'int8'],
  {},
);

// In a statement of its own, as above.
export const lockOwnerStatement = statement(
  `SELECT owner_id AS id FROM owner WHERE tenant_id = $1::uuid AND owner_id = $2::bigint FOR UPDATE`,
  ['uuid', 'int8'],
  { id: 'int8' },
);

/** Locks the owners, except `held`, in the order of their key; waits for other sessions. @returns the keys of the locked ones. */
export async function lockOwners(
  connection: Connection,
  { pets, owners }: WantedOwners,
  held: readonly OwnerKey[],
): Promise<ReadonlySet<string>> {
  const keys = [...PET_KEYS.values(pets), ...OWNER_KEYS.values(owners), ...OWNER_KEYS.values(held)] as const;
  const { owners: locked } = await queryOne(connection, lockOwnersStatement, ...keys);
  return keysIn(locked);
}

/** Locks those of the owners that no other session holds. @returns their keys, and those of the owners that are held. */
export async function lockFreeOwners(
  connection: Connection,
  { pets, owners }: WantedOwners,
): Promise<{ readonly locked: ReadonlySet<string>; readonly held: ReadonlySet<string> }> {
  const keys = [...PET_KEYS.values(pets), ...OWNER_KEYS.values(owners)] as const;
  const lock = await queryOne(connection, lockFreeOwnersStatement, ...keys);
  return { locked: keysIn(lock.owners), held: keysIn(lock.held) };
}

/** Locks those of the owners that no other session holds. @returns these. */
export async function claimOwners<Owner extends OwnerKey>(
  connection: Connection,
  owners: readonly Owner[],
): Promise<Owner[]> {
  const claim = await queryOne(connection, claimOwnersStatement, ...OWNER_KEYS.values(owners));
  return ownersIn(owners, keysIn(claim.owners));
}

/** Inserts an owner that has no row yet, and locks it. */
export async function insertAndLockOwner(connection: Connection, { tenantId, ownerId }: OwnerKey): Promise<void> {
  await execute(connection, insertOwnerStatement, tenantId, ownerId);
  await queryOne(connection, lockOwnerStatement, tenantId, ownerId);
}

/** Returns those of the owners whose keys are among these. */
export function ownersIn<Owner extends OwnerKey>(owners: readonly Owner[], keys: ReadonlySet<string>): Owner[] {
  return owners.filter(({ tenantId, ownerId }) => keys.has(ownerKey(tenantId, ownerId)));
}

/** Reads owners' keys with commas between. */
export function keysIn(text: string | null): ReadonlySet<string> {
  return new Set(text?.split(','));
}
