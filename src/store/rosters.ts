import { isSpawned, NOT_SPAWNED } from '../domain/pet.ts';
import type { Pet } from '../domain/pet.ts';
import type { Turn } from '../domain/turn.ts';
import { execute, list, query, statement } from './statement.ts';
import type { Connection, Row } from './statement.ts';

/** The pet that a message is about. */
export interface Target {
  readonly tenantId: string;
  /** uint32. */
  readonly petId: number;
  /** Whether the rule looks at the owner's other spawned pets too. */
  readonly roster: boolean;
}

// Owners are locked in the order of their key and in a statement of their own: a lock and a read in one statement
// would, after a wait, return the rows of before it.
export const lockOwnersStatement = statement(
  `SELECT tenant_id::text AS "tenantId", owner_id AS "ownerId"
     FROM owner
    WHERE (tenant_id, owner_id) IN (
            SELECT pet.tenant_id, pet.owner_id
              FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant_id, id)
              JOIN pet USING (tenant_id, id))
    ORDER BY tenant_id, owner_id
      FOR UPDATE`,
  { tenantId: 'text', ownerId: 'int8' },
);

const PET_COLUMNS = {
  id: 'int8',
  tenantId: 'text',
  ownerId: 'int8',
  templateId: 'int8',
  name: 'text',
  level: 'int4',
  closeness: 'int4',
  fullness: 'int4',
  expiration: 'text?',
  slot: 'int4',
} as const;

const PET_SELECT = `SELECT pet.id, pet.tenant_id::text AS "tenantId", pet.owner_id AS "ownerId",
          pet.template_id AS "templateId", pet.name, pet.level::int, pet.closeness, pet.fullness::int,
          (extract(epoch FROM pet.expiration) * 1000)::bigint::text AS expiration,
          coalesce(pet.slot::int, ${String(NOT_SPAWNED)}) AS slot`;

export const loadPetsStatement = statement(
  `${PET_SELECT}
     FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant_id, id)
     JOIN pet USING (tenant_id, id)`,
  PET_COLUMNS,
);

export const loadSpawnedStatement = statement(
  `${PET_SELECT}
     FROM unnest($1::uuid[], $2::bigint[]) AS locked (tenant_id, owner_id)
     JOIN pet USING (tenant_id, owner_id)
    WHERE pet.slot IS NOT NULL`,
  PET_COLUMNS,
);

export const savePetsStatement = statement(
  `UPDATE pet
      SET level = c.level, closeness = c.closeness, fullness = c.fullness, slot = c.slot
     FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::int[], $5::smallint[], $6::smallint[])
       AS c (tenant_id, id, level, closeness, fullness, slot)
    WHERE pet.id = c.id AND pet.tenant_id = c.tenant_id`,
  {},
);

interface Tracked {
  readonly tenantId: string;
  pet: Pet;
  dirty: boolean;
}

/** The pets that one unit of work has locked, as its messages leave them. */
export class Rosters {
  readonly #pets = new Map<number, Tracked>();
  /** Per locked owner whose roster was asked for: its spawned pets at the time of loading, and those that joined. */
  readonly #byOwner = new Map<string, Tracked[]>();

  /** One message's view; a pet of another tenant is unknown. */
  turn({ tenantId, petId, roster }: Target, now: number): Turn {
    const tracked = this.#pets.get(petId);
    if (tracked?.tenantId !== tenantId) return { pet: undefined, out: [], now };
    return { pet: tracked.pet, out: roster ? this.#spawned(tenantId, tracked.pet.ownerId) : [], now };
  }

  /** Takes over what a decision changed. */
  apply(pets: readonly Pet[]): void {
    for (const pet of pets) {
      const tracked = this.#pets.get(pet.id);
      if (tracked === undefined) throw new Error(`pet ${String(pet.id)} was changed but never loaded`);
      tracked.pet = pet;
      tracked.dirty = true;
    }
  }

  /** Writes every changed pet, in one statement. */
  async save(connection: Connection): Promise<void> {
    const changed = [...this.#pets.values()].filter((tracked) => tracked.dirty);
    if (changed.length === 0) return;
    const pets = changed.map((tracked) => tracked.pet);
    const saved = await execute(
      connection,
      savePetsStatement,
      list(changed.map((tracked) => tracked.tenantId)),
      list(pets.map((pet) => pet.id)),
      list(pets.map((pet) => pet.level)),
      list(pets.map((pet) => pet.closeness)),
      list(pets.map((pet) => pet.fullness)),
      list(pets.map((pet) => (isSpawned(pet) ? pet.slot : null))),
    );
    if (saved !== changed.length) {
      throw new Error(`${String(changed.length)} pets were changed, ${String(saved)} rows updated`);
    }
  }

  track(tenantId: string, pet: Pet): void {
    if (this.#pets.has(pet.id)) return;
    const tracked = { tenantId, pet, dirty: false };
    this.#pets.set(pet.id, tracked);
    const owner = ownerKey(tenantId, pet.ownerId);
    const known = this.#byOwner.get(owner);
    if (known === undefined) this.#byOwner.set(owner, [tracked]);
    else known.push(tracked);
  }

  #spawned(tenantId: string, ownerId: number): Pet[] {
    return (this.#byOwner.get(ownerKey(tenantId, ownerId)) ?? [])
      .map((tracked) => tracked.pet)
      .filter(isSpawned)
      .sort((a, b) => a.slot - b.slot);
  }
}

/**
 * Locks the owners of the targets, then loads the targets and, where a rule looks at them, the owners' spawned pets.
 * A pet whose owner was not locked (it was created in between) is left out: to this unit of work it is unknown.
 */
export async function loadRosters(connection: Connection, targets: readonly Target[]): Promise<Rosters> {
  const rosters = new Rosters();
  if (targets.length === 0) return rosters;
  const wanted = distinct(targets);
  const tenants = list(wanted.map((target) => target.tenantId));
  const ids = list(wanted.map((target) => target.petId));

  const locked = new Set<string>();
  for (const { tenantId, ownerId } of await query(connection, lockOwnersStatement, tenants, ids)) {
    locked.add(ownerKey(tenantId, ownerId));
  }
  const track = (row: PetRow): void => {
    if (locked.has(ownerKey(row.tenantId, row.ownerId))) rosters.track(row.tenantId, toPet(row));
  };
  const named = await query(connection, loadPetsStatement, tenants, ids);
  named.forEach(track);

  const asked = new Set(targets.filter((target) => target.roster).map((target) => target.petId));
  const owners = new Map<string, PetRow>();
  for (const row of named) if (asked.has(Number(row.id))) owners.set(ownerKey(row.tenantId, row.ownerId), row);
  if (owners.size > 0) {
    const rows = [...owners.values()];
    const spawned = await query(
      connection,
      loadSpawnedStatement,
      list(rows.map((row) => row.tenantId)),
      list(rows.map((row) => row.ownerId)),
    );
    spawned.forEach(track);
  }
  return rosters;
}

type PetRow = Row<typeof PET_COLUMNS>;

function toPet(row: PetRow): Pet {
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
  };
}

function ownerKey(tenantId: string, ownerId: number | bigint): string {
  return `${tenantId}/${String(ownerId)}`;
}

function distinct(targets: readonly Target[]): Target[] {
  const seen = new Map<string, Target>();
  for (const target of targets) seen.set(`${target.tenantId}/${String(target.petId)}`, target);
  return [...seen.values()];
}
