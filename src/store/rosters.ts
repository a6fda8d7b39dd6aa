import { isSpawned, NOT_SPAWNED } from '../domain/pet.ts';
import type { Changed, Pet, Position } from '../domain/pet.ts';
import type { Turn } from '../domain/turn.ts';
import { loadPositions } from './positions.ts';
import { execute, list, query, statement } from './statement.ts';
import type { Connection } from './statement.ts';

/** A pet that a message is about. */
interface PetTarget {
  readonly tenantId: string;
  /** uint32. */
  readonly petId: number;
  /** Whether the rule looks at the owner's other spawned pets too. */
  readonly roster: boolean;
  /** Whether it asks where the pet stands. */
  readonly position: boolean;
}

/** An owner, with all its pets, that a message is about. */
interface OwnerTarget {
  readonly tenantId: string;
  /** uint32. */
  readonly ownerId: number;
}

export type Target = PetTarget | OwnerTarget;

// Owners are locked in the order of their key and in a statement of their own: a lock and a read in one statement
// would, after a wait, return the rows of before it.
export const lockOwnersStatement = statement(
  `SELECT string_agg(tenant_id || '/' || owner_id, ',') AS owners
     FROM (SELECT tenant_id, owner_id
             FROM owner
            WHERE (tenant_id, owner_id) IN (
                    SELECT pet.tenant_id, pet.owner_id
                      FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant_id, id)
                      JOIN pet USING (tenant_id, id)
                     UNION ALL
                    SELECT * FROM unnest($3::uuid[], $4::bigint[]))
            ORDER BY tenant_id, owner_id
              FOR UPDATE) AS locked`,
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

export const loadSpawnedStatement = statement(
  `SELECT ${PET_LINES}
     FROM unnest($1::uuid[], $2::bigint[]) AS locked (tenant_id, owner_id)
     JOIN pet USING (tenant_id, owner_id)
    WHERE pet.slot IS NOT NULL`,
  { pets: 'text?' },
);

export const loadOwnedStatement = statement(
  `SELECT ${PET_LINES}
     FROM unnest($1::uuid[], $2::bigint[]) AS locked (tenant_id, owner_id)
     JOIN pet USING (tenant_id, owner_id)`,
  { pets: 'text?' },
);

export const deletePetsStatement = statement(
  `DELETE FROM pet WHERE (tenant_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::bigint[]))`,
  {},
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
  /** As the messages so far leave it; undefined where they have deleted it. */
  pet: Pet | undefined;
}

/** What a message sees of the pets. */
type View = Pick<Turn, 'pet' | 'out' | 'pets' | 'position'>;
const NOTHING: View = { pet: undefined, position: undefined, out: [], pets: [] };

/** The pets that one unit of work has locked, as its messages leave them. */
export class Rosters {
  readonly #pets = new Map<number, Tracked>();
  /** Where those pets stand that a rule asks it of. */
  readonly #positions = new Map<number, Position>();
  /** Per locked owner whose roster was asked for: its spawned pets at the time of loading, and those that joined. */
  readonly #byOwner = new Map<string, Tracked[]>();

  /** One message's view of the pets; one of another tenant is unknown. */
  view(target: Target | undefined): View {
    if (target === undefined) return NOTHING;
    const { tenantId } = target;
    if ('ownerId' in target) return { ...NOTHING, pets: this.#owned(tenantId, target.ownerId) };
    const tracked = this.#pets.get(target.petId);
    if (tracked?.tenantId !== tenantId || tracked.pet === undefined) return NOTHING;
    const { pet } = tracked;
    const out = target.roster ? this.#spawned(tenantId, pet.ownerId) : [];
    return { ...NOTHING, pet, position: this.#positions.get(pet.id), out };
  }

  /** Takes over what a decision changed. */
  apply({ pets, deleted }: Pick<Changed, 'pets' | 'deleted'>): void {
    for (const pet of pets) this.#tracked(pet).pet = pet;
    for (const pet of deleted) this.#tracked(pet).pet = undefined;
  }

  /** Writes every changed pet: what often changes in one statement, excludes in another; deletes come before. */
  async save(connection: Connection): Promise<void> {
    const { deleted } = this;
    if (deleted.length > 0) await execute(connection, deletePetsStatement, ...keysOf(deleted));
    const changed = [...this.#pets.values()].flatMap(({ tenantId, stored, pet }) =>
      pet === undefined || pet === stored ? [] : [{ tenantId, stored, pet }],
    );
    if (changed.length === 0) return;
    const pets = changed.map((one) => one.pet);
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

  /** Takes over where pets stand. */
  place(positions: ReadonlyMap<number, Position>): void {
    for (const [petId, position] of positions) this.#positions.set(petId, position);
  }

  #tracked({ id }: Pet): Tracked {
    const tracked = this.#pets.get(id);
    if (tracked === undefined) throw new Error(`pet ${String(id)} was changed but never loaded`);
    return tracked;
  }

  /** Those that messages have deleted, as they were stored. */
  get deleted(): readonly Loaded[] {
    return [...this.#pets.values()].flatMap(({ tenantId, stored, pet }) => (pet ? [] : [{ tenantId, pet: stored }]));
  }

  #owned(tenantId: string, ownerId: number): Pet[] {
    return (this.#byOwner.get(ownerKey(tenantId, ownerId)) ?? []).flatMap(({ pet }) => pet ?? []);
  }

  #spawned(tenantId: string, ownerId: number): Pet[] {
    return this.#owned(tenantId, ownerId)
      .filter(isSpawned)
      .sort((a, b) => a.slot - b.slot);
  }
}

/** The key columns of some pets. */
function keysOf(pets: readonly Loaded[]): [tenants: string, ids: string] {
  return [list(pets.map(({ tenantId }) => tenantId)), list(pets.map(({ pet }) => pet.id))];
}

/** The key columns of some owners. */
function ownerKeysOf(owners: readonly OwnerTarget[]): [tenants: string, ids: string] {
  return [list(owners.map(({ tenantId }) => tenantId)), list(owners.map(({ ownerId }) => ownerId))];
}

/**
 * Locks the owners of the targets, then loads the targets and, where a rule looks at them, the owners' spawned pets.
 * A pet whose owner was not locked (it was created in between) is left out: to this unit of work it is unknown.
 */
export async function loadRosters(connection: Connection, all: readonly Target[]): Promise<Rosters> {
  const rosters = new Rosters();
  if (all.length === 0) return rosters;
  const targets = all.filter((target) => 'petId' in target);
  const whole = all.filter((target) => 'ownerId' in target);
  const wanted = distinct(targets);
  const tenants = list(wanted.map((target) => target.tenantId));
  const ids = list(wanted.map((target) => target.petId));

  const [lock] = await query(connection, lockOwnersStatement, tenants, ids, ...ownerKeysOf(whole));
  const locked = new Set(lock?.owners?.split(','));
  const isLocked = ({ tenantId, pet }: Loaded) => locked.has(ownerKey(tenantId, pet.ownerId));

  const [loaded] = await query(connection, loadPetsStatement, tenants, ids);
  const named = parsePets(loaded?.pets).filter(isLocked);
  for (const { tenantId, pet } of named) rosters.track(tenantId, pet);
  if (whole.length > 0) {
    const [owned] = await query(connection, loadOwnedStatement, ...ownerKeysOf(whole));
    for (const { tenantId, pet } of parsePets(owned?.pets).filter(isLocked)) rosters.track(tenantId, pet);
  }

  const asked = new Set(targets.filter((target) => target.roster).map((target) => target.petId));
  const owners = new Map(
    named
      .filter(({ pet }) => asked.has(pet.id))
      .map(({ tenantId, pet: { ownerId } }) => [ownerKey(tenantId, ownerId), { tenantId, ownerId }]),
  );
  if (owners.size > 0) {
    const [spawned] = await query(connection, loadSpawnedStatement, ...ownerKeysOf([...owners.values()]));
    for (const { tenantId, pet } of parsePets(spawned?.pets)) rosters.track(tenantId, pet);
  }
  const placed = targets.filter((target) => target.position).map(({ petId }) => petId);
  if (placed.length > 0) rosters.place(await loadPositions(connection, placed));
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

function ownerKey(tenantId: string, ownerId: number): string {
  return `${tenantId}/${String(ownerId)}`;
}

function distinct(targets: readonly PetTarget[]): PetTarget[] {
  const seen = new Map<string, PetTarget>();
  for (const target of targets) seen.set(`${target.tenantId}/${String(target.petId)}`, target);
  return [...seen.values()];
}
