import { isSpawned, NOT_SPAWNED } from '../domain/pet.ts';
import type { Pet } from '../domain/pet.ts';
import type { Turn } from '../domain/turn.ts';
import { execute, list, query, statement } from './statement.ts';
import type { Connection } from './statement.ts';

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
  `SELECT string_agg(tenant_id || '/' || owner_id, ',') AS owners
     FROM (SELECT tenant_id, owner_id
             FROM owner
            WHERE (tenant_id, owner_id) IN (
                    SELECT pet.tenant_id, pet.owner_id
                      FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant_id, id)
                      JOIN pet USING (tenant_id, id))
            ORDER BY tenant_id, owner_id
              FOR UPDATE) AS locked`,
  { owners: 'text?' },
);

// A pet is one line of a text, its columns with tabs between: Prisma takes ten times as long for a thousand rows of
// ten columns as for one long text. The name comes as JSON, so it has neither tab nor line break.
const PET_LINES = `string_agg(concat_ws(E'\t', pet.id, pet.tenant_id, pet.owner_id, pet.template_id, pet.level,
          pet.closeness, pet.fullness, coalesce(pet.slot, ${String(NOT_SPAWNED)}),
          coalesce((extract(epoch FROM pet.expiration) * 1000)::bigint::text, ''),
          coalesce(array_to_string(pet.excludes, ','), ''), to_json(pet.name)), E'\n') AS pets`;

export const loadPetsStatement = statement(
  `SELECT ${PET_LINES}
     FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant_id, id)
     JOIN pet USING (tenant_id, id)`,
  { pets: 'text?' },
);

export const loadSpawnedStatement = statement(
  `SELECT ${PET_LINES}
     FROM unnest($1::uuid[], $2::bigint[]) AS locked (tenant_id, owner_id)
     JOIN pet USING (tenant_id, owner_id)
    WHERE pet.slot IS NOT NULL`,
  { pets: 'text?' },
);

export const savePetsStatement = statement(
  `UPDATE pet
      SET level = c.level, closeness = c.closeness, fullness = c.fullness, slot = c.slot
     FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::int[], $5::smallint[], $6::smallint[])
       AS c (tenant_id, id, level, closeness, fullness, slot)
    WHERE pet.id = c.id AND pet.tenant_id = c.tenant_id`,
  {},
);

// Lists of different lengths do not fit into one array, so each is a text of its own between semicolons. A single empty
// one makes an array of nothing, hence the coalesce.
export const saveExcludesStatement = statement(
  `UPDATE pet
      SET excludes = string_to_array(coalesce(c.items, ''), ',')::bigint[]
     FROM unnest($1::uuid[], $2::bigint[], string_to_array($3, ';')) AS c (tenant_id, id, items)
    WHERE pet.id = c.id AND pet.tenant_id = c.tenant_id`,
  {},
);

interface Tracked {
  readonly tenantId: string;
  /** As the database has it. */
  readonly stored: Pet;
  /** As the messages so far leave it. */
  pet: Pet;
}

/** The pets that one unit of work has locked, as its messages leave them. */
export class Rosters {
  readonly #pets = new Map<number, Tracked>();
  /** Per locked owner whose roster was asked for: its spawned pets at the time of loading, and those that joined. */
  readonly #byOwner = new Map<string, Tracked[]>();

  /** One message's view of the pets; one of another tenant is unknown. */
  view({ tenantId, petId, roster }: Target): Pick<Turn, 'pet' | 'out'> {
    const tracked = this.#pets.get(petId);
    if (tracked?.tenantId !== tenantId) return { pet: undefined, out: [] };
    return { pet: tracked.pet, out: roster ? this.#spawned(tenantId, tracked.pet.ownerId) : [] };
  }

  /** Takes over what a decision changed. */
  apply(pets: readonly Pet[]): void {
    for (const pet of pets) {
      const tracked = this.#pets.get(pet.id);
      if (tracked === undefined) throw new Error(`pet ${String(pet.id)} was changed but never loaded`);
      tracked.pet = pet;
    }
  }

  /** Writes every changed pet: what often changes in one statement, excludes in another. */
  async save(connection: Connection): Promise<void> {
    const changed = [...this.#pets.values()].filter(({ stored, pet }) => pet !== stored);
    if (changed.length === 0) return;
    const pets = changed.map((tracked) => tracked.pet);
    const saved = await execute(
      connection,
      savePetsStatement,
      ...keysOf(changed),
      list(pets.map((pet) => pet.level)),
      list(pets.map((pet) => pet.closeness)),
      list(pets.map((pet) => pet.fullness)),
      list(pets.map((pet) => (isSpawned(pet) ? pet.slot : null))),
    );
    if (saved !== changed.length) {
      throw new Error(`${String(changed.length)} pets were changed, ${String(saved)} rows updated`);
    }
    const excluding = changed.filter(({ stored, pet }) => pet.excludes !== stored.excludes);
    if (excluding.length === 0) return;
    const items = excluding.map(({ pet }) => pet.excludes.join(',')).join(';');
    await execute(connection, saveExcludesStatement, ...keysOf(excluding), items);
  }

  track(tenantId: string, pet: Pet): void {
    if (this.#pets.has(pet.id)) return;
    const tracked = { tenantId, stored: pet, pet };
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

/** The key columns of some pets. */
function keysOf(tracked: readonly Tracked[]): [tenants: string, ids: string] {
  return [list(tracked.map(({ tenantId }) => tenantId)), list(tracked.map(({ pet }) => pet.id))];
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

  const [lock] = await query(connection, lockOwnersStatement, tenants, ids);
  const locked = new Set(lock?.owners?.split(','));
  const isLocked = ({ tenantId, pet }: Loaded) => locked.has(ownerKey(tenantId, pet.ownerId));

  const [loaded] = await query(connection, loadPetsStatement, tenants, ids);
  const named = parsePets(loaded?.pets).filter(isLocked);
  for (const { tenantId, pet } of named) rosters.track(tenantId, pet);

  const asked = new Set(targets.filter((target) => target.roster).map((target) => target.petId));
  const owners = new Map(
    named
      .filter(({ pet }) => asked.has(pet.id))
      .map(({ tenantId, pet: { ownerId } }) => [ownerKey(tenantId, ownerId), { tenantId, ownerId }]),
  );
  if (owners.size > 0) {
    const keys = [...owners.values()];
    const [spawned] = await query(
      connection,
      loadSpawnedStatement,
      list(keys.map((key) => key.tenantId)),
      list(keys.map((key) => key.ownerId)),
    );
    for (const { tenantId, pet } of parsePets(spawned?.pets)) rosters.track(tenantId, pet);
  }
  return rosters;
}

interface Loaded {
  readonly tenantId: string;
  readonly pet: Pet;
}

const NO_EXCLUDES: readonly number[] = [];

/** The lines of {@link PET_LINES}. */
function parsePets(lines: string | null | undefined): Loaded[] {
  return (lines ?? '').split('\n').flatMap((line) => {
    if (line === '') return [];
    const [id, tenantId = '', ownerId, templateId, level, closeness, fullness, slot, expiration, excludes, name = ''] =
      line.split('\t');
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
    };
    return [{ tenantId, pet }];
  });
}

function ownerKey(tenantId: string, ownerId: number): string {
  return `${tenantId}/${String(ownerId)}`;
}

function distinct(targets: readonly Target[]): Target[] {
  const seen = new Map<string, Target>();
  for (const target of targets) seen.set(`${target.tenantId}/${String(target.petId)}`, target);
  return [...seen.values()];
}
