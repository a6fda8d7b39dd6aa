import { ownerKey, petKey } from '../keys.ts';
import type { Connection } from '../store/statement.ts';
import { claimOwners, lockFreeOwners, lockOwners, ownersIn } from '../store/tables/owner.ts';
import type { OwnerKey, WantedOwners } from '../store/tables/owner.ts';
import { loadPositions } from '../store/tables/pet-position.ts';
import { loadOwnedPets, loadPets, loadSpawnedPets } from '../store/tables/pet.ts';
import type { TenantPet } from '../store/tables/pet.ts';
import type { LockPolicy } from './locks.ts';
import { loadsPosition } from './rosters.ts';
import type { PetTarget, Rosters, Target } from './rosters.ts';

/**
 * Locks the owners of the targets, then loads the targets and, if a rule needs them, the owners' spawned pets. What belongs
 * to an owner that another session holds is left out, see {@link Rosters.heldOwner}. A pet that was created after the owners
 * were locked is left out as well: to this unit of work it is unknown.
 */
export async function loadTargets(
  connection: Connection,
  all: readonly Target[],
  locks: LockPolicy,
  rosters: Rosters,
): Promise<void> {
  if (all.length === 0) return;
  const targets = all.filter((target) => 'petId' in target);
  const owners = all.filter((target) => 'ownerId' in target);
  const pets = distinct(targets);

  const { locked, held } = await lock(connection, { pets, owners }, locks);
  const isLocked = ({ tenantId, pet }: TenantPet) => locked.has(ownerKey(tenantId, pet.ownerId));
  for (const owner of owners) {
    if (held.has(ownerKey(owner.tenantId, owner.ownerId))) rosters.addHeldOwner(owner);
  }

  const loaded = await loadPets(connection, pets);
  for (const { tenantId, pet } of loaded) {
    const { id, ownerId } = pet;
    if (held.has(ownerKey(tenantId, ownerId))) rosters.addHeldPet({ tenantId, ownerId }, id);
  }
  const named = loaded.filter(isLocked);
  for (const { tenantId, pet } of named) rosters.add(tenantId, pet);
  if (owners.length > 0) {
    for await (const page of loadOwnedPets(connection, owners)) {
      for (const { tenantId, pet } of page.filter(isLocked)) rosters.add(tenantId, pet);
    }
  }

  const withRoster = new Set(targets.filter(({ load }) => load.includes('spawnedPets')).map((target) => target.petId));
  const rosterOwners = new Map(
    named
      .filter(({ pet }) => withRoster.has(pet.id))
      .map(({ tenantId, pet: { ownerId } }) => [ownerKey(tenantId, ownerId), { tenantId, ownerId }]),
  );
  if (rosterOwners.size > 0) await loadSpawned(connection, [...rosterOwners.values()], rosters);
  const withPosition = targets.filter(loadsPosition);
  if (withPosition.length > 0) rosters.addPositions(await loadPositions(connection, withPosition));
}

/** Locks owners. @returns the keys of those that are locked now, and of those that other sessions hold. */
async function lock(connection: Connection, wanted: WantedOwners, { wait, held }: LockPolicy) {
  if (!wait) return lockFreeOwners(connection, wanted);
  const locked = await lockOwners(connection, wanted, held);
  return { locked, held: new Set(held.map(({ tenantId, ownerId }) => ownerKey(tenantId, ownerId))) };
}

/**
 * Locks owners and loads their spawned pets: all owners if the policy is to wait, else those that no other session holds.
 *
 * @returns the owners that were locked.
 */
export async function claimSpawnedPets<Owner extends OwnerKey>(
  connection: Connection,
  owners: readonly Owner[],
  { wait, held }: LockPolicy,
  rosters: Rosters,
): Promise<readonly Owner[]> {
  if (owners.length === 0) return [];
  const claimed = wait
    ? ownersIn(owners, await lockOwners(connection, { pets: [], owners }, held))
    : await claimOwners(connection, owners);
  if (claimed.length > 0) await loadSpawned(connection, claimed, rosters);
  return claimed;
}

async function loadSpawned(connection: Connection, owners: readonly OwnerKey[], rosters: Rosters): Promise<void> {
  for (const { tenantId, pet } of await loadSpawnedPets(connection, owners)) rosters.add(tenantId, pet);
}

function distinct(targets: readonly PetTarget[]): PetTarget[] {
  return [...new Map(targets.map((target) => [petKey(target.tenantId, target.petId), target])).values()];
}
