import { NOT_SPAWNED } from '../domain/pet.ts';
import { ownerKey, petKey } from '../keys.ts';
import { loadPlaces } from './positions.ts';
import { Rosters } from './rosters.ts';
import type { OwnedPet, OwnerTarget, PetTarget, Target } from './rosters.ts';
import { list, query, statement } from './statement.ts';
import type { Connection } from './statement.ts';

/** Owners of the pets $1, $2, and owners by their own key $3, $4. */
const WANTED_OWNERS = `SELECT pet.tenant_id, pet.owner_id
                      FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant_id, id)
                      JOIN pet USING (tenant_id, id)
                     UNION ALL
                    SELECT * FROM unnest($3::uuid[], $4::bigint[])`;

// Owners are locked in the order of their key and in a statement of their own: a lock and a read in one statement
// would, after a wait, return the rows of before it. Those that are known to be held ($5, $6) are not waited for.
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

// The same without any wait: what is left over is held by another session.
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

// Whoever sweeps takes what nobody else holds, and waits for nobody.
export const claimOwnersStatement = statement(
  `SELECT string_agg(tenant_id || '/' || owner_id, ',') AS owners
     FROM (SELECT tenant_id, owner_id
             FROM owner
            WHERE (tenant_id, owner_id) IN (SELECT * FROM unnest($1::uuid[], $2::bigint[]))
            ORDER BY tenant_id, owner_id
              FOR UPDATE SKIP LOCKED) AS claimed`,
  { owners: 'text?' },
);

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

// Owner by owner: where statistics know of no spawned pet, as of the hour before everyone logs in, a join would read all
// that are spawned by now, and look for the owner of each. OFFSET keeps the planner from making a join of it.
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

/** How a unit of work treats owners that other sessions hold. */
export interface OwnerLocks {
  /** Whether to wait for them, as long as `lock_timeout` allows, in the order in which everyone locks owners. */
  readonly wait: boolean;
  /** Those that are known to be held for long: they are not waited for. */
  readonly held: readonly OwnerTarget[];
}

/**
 * Locks the owners of the targets, then loads the targets and, where a rule looks at them, the owners' spawned pets.
 * What belongs to an owner that another session holds is left out, see {@link Rosters.heldOwner}. A pet that was created
 * after the owners were locked is left out as well: to this unit of work it is unknown.
 */
export async function loadRosters(
  connection: Connection,
  all: readonly Target[],
  locks: OwnerLocks = { wait: true, held: [] },
): Promise<Rosters> {
  const rosters = new Rosters();
  if (all.length === 0) return rosters;
  const targets = all.filter((target) => 'petId' in target);
  const whole = all.filter((target) => 'ownerId' in target);
  const wanted = distinct(targets);
  const tenants = list(wanted.map((target) => target.tenantId));
  const ids = list(wanted.map((target) => target.petId));

  const { locked, held } = await lockOwners(connection, [tenants, ids, ...ownerKeysOf(whole)], locks);
  const isLocked = ({ tenantId, pet }: OwnedPet) => locked.has(ownerKey(tenantId, pet.ownerId));
  for (const { tenantId, ownerId } of whole) {
    if (held.has(ownerKey(tenantId, ownerId))) rosters.hold({ tenantId, ownerId });
  }

  const [loaded] = await query(connection, loadPetsStatement, tenants, ids);
  const pets = parsePets(loaded?.pets);
  for (const { tenantId, pet } of pets) {
    const { id, ownerId } = pet;
    if (held.has(ownerKey(tenantId, ownerId))) rosters.hold({ tenantId, ownerId }, id);
  }
  const named = pets.filter(isLocked);
  for (const { tenantId, pet } of named) rosters.track(tenantId, pet);
  if (whole.length > 0) {
    for await (const page of ownedPets(connection, whole)) {
      for (const { tenantId, pet } of page.filter(isLocked)) rosters.track(tenantId, pet);
    }
  }

  const asked = new Set(targets.filter((target) => target.roster).map((target) => target.petId));
  const owners = new Map(
    named
      .filter(({ pet }) => asked.has(pet.id))
      .map(({ tenantId, pet: { ownerId } }) => [ownerKey(tenantId, ownerId), { tenantId, ownerId }]),
  );
  if (owners.size > 0) await loadSpawned(connection, [...owners.values()], rosters);
  const placed = targets.filter((target) => target.position);
  if (placed.length > 0) rosters.place(await loadPlaces(connection, placed));
  return rosters;
}

/** Pets in one page. */
const PAGE = 10_000;

/** All pets of these owners. */
async function* ownedPets(connection: Connection, owners: readonly OwnerTarget[]): AsyncGenerator<OwnedPet[]> {
  for (let last = 0, isFull = true; isFull;) {
    const [owned] = await query(connection, loadOwnedStatement, ...ownerKeysOf(owners), last, PAGE);
    const page = parsePets(owned?.pets);
    isFull = page.length === PAGE;
    for (const { pet } of page) last = Math.max(last, pet.id);
    yield page;
  }
}

type OwnerKeys = readonly [petTenants: string, petIds: string, tenants: string, ids: string];

/** @returns the keys of owners that are locked now, and of those that other sessions hold. */
async function lockOwners(connection: Connection, keys: OwnerKeys, { wait, held }: OwnerLocks) {
  if (wait) {
    const [lock] = await query(connection, lockOwnersStatement, ...keys, ...ownerKeysOf(held));
    return {
      locked: keysIn(lock?.owners),
      held: new Set(held.map(({ tenantId, ownerId }) => ownerKey(tenantId, ownerId))),
    };
  }
  const [lock] = await query(connection, lockFreeOwnersStatement, ...keys);
  return { locked: keysIn(lock?.owners), held: keysIn(lock?.held) };
}

/** Owners' keys with commas between. */
function keysIn(text: string | null | undefined): ReadonlySet<string> {
  return new Set(text?.split(','));
}

/**
 * Locks those of the owners that nobody else holds, and loads their spawned pets.
 *
 * @param wait lock all of them: wait for those that somebody else holds, in the order in which everyone locks owners.
 * @returns the owners that were locked, with their pets.
 */
export async function claimRosters<Owner extends OwnerTarget>(
  connection: Connection,
  wanted: readonly Owner[],
  wait: boolean,
): Promise<{ readonly rosters: Rosters; readonly claimed: readonly Owner[] }> {
  const rosters = new Rosters();
  if (wanted.length === 0) return { rosters, claimed: [] };
  const keys = ownerKeysOf(wanted);
  const [claim] = wait
    ? await query(connection, lockOwnersStatement, list([]), list([]), ...keys, list([]), list([]))
    : await query(connection, claimOwnersStatement, ...keys);
  const claimed = lockedOf(wanted, claim?.owners);
  if (claimed.length > 0) await loadSpawned(connection, claimed, rosters);
  return { rosters, claimed };
}

async function loadSpawned(connection: Connection, owners: readonly OwnerTarget[], into: Rosters): Promise<void> {
  const [spawned] = await query(connection, loadSpawnedStatement, ...ownerKeysOf(owners));
  for (const { tenantId, pet } of parsePets(spawned?.pets)) into.track(tenantId, pet);
}

const NO_EXCLUDES: readonly number[] = [];

/** The lines of {@link PET_LINES}. */
function parsePets(lines: string | null | undefined): OwnedPet[] {
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

/** Those of the owners that a statement says it has locked, as keys with commas between. */
export function lockedOf<Owner extends OwnerTarget>(
  wanted: readonly Owner[],
  keys: string | null | undefined,
): Owner[] {
  const locked = keysIn(keys);
  return wanted.filter(({ tenantId, ownerId }) => locked.has(ownerKey(tenantId, ownerId)));
}

/** The key columns of some owners. */
export function ownerKeysOf(owners: readonly OwnerTarget[]): [tenants: string, ids: string] {
  return [list(owners.map(({ tenantId }) => tenantId)), list(owners.map(({ ownerId }) => ownerId))];
}

function distinct(targets: readonly PetTarget[]): PetTarget[] {
  const seen = new Map<string, PetTarget>();
  for (const target of targets) seen.set(petKey(target.tenantId, target.petId), target);
  return [...seen.values()];
}
