import { applyChange, isSpawned } from '../domain/pet.ts';
import type { Changed, Pet, PetPosition } from '../domain/pet.ts';
import type { SessionChange } from '../domain/session.ts';
import type { RuleInput } from '../domain/rule-input.ts';
import { InvariantError, mustExist } from '../invariant.ts';
import { ownerKey } from '../keys.ts';
import type { PetPlace, PlacedAt } from './positions.ts';
import { chunksOf, execute, list, statement } from './statement.ts';
import type { Connection } from './statement.ts';

/** A pet that a message is about. */
export interface PetTarget {
  readonly tenantId: string;
  /** uint32. */
  readonly petId: number;
  /** Whether the rule looks at the owner's other spawned pets too. */
  readonly roster: boolean;
  /** Whether it asks where the pet stands, and where its owner is. */
  readonly position: boolean;
}

/** An owner, with all its pets, that a message is about. */
export interface OwnerTarget {
  readonly tenantId: string;
  /** uint32. */
  readonly ownerId: number;
}

export type Target = PetTarget | OwnerTarget;

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

/** A pet, and whose tenant it is. */
export interface OwnedPet {
  readonly tenantId: string;
  readonly pet: Pet;
}

interface Tracked {
  readonly tenantId: string;
  /** As the database has it. */
  readonly stored: Pet;
  /** As the messages so far leave it; undefined where they have deleted it. */
  pet: Pet | undefined;
}

/** What a message sees of the pets. */
type View = Pick<RuleInput, 'pet' | 'spawnedPets' | 'pets' | 'position' | 'session'>;
const NOTHING: View = { pet: undefined, position: undefined, session: undefined, spawnedPets: [], pets: [] };
const NOWHERE: PetPlace = { position: undefined, session: undefined };

/** The pets that one unit of work has locked, as its messages leave them. */
export class Rosters {
  readonly #pets = new Map<number, Tracked>();
  /** Where those pets are that a rule asks it of. */
  readonly #places = new Map<number, PetPlace>();
  /** Where pets have come out. */
  readonly #placed = new Map<number, PetPosition>();
  /** Per locked owner whose roster was asked for: its spawned pets at the time of loading, and those that joined. */
  readonly #byOwner = new Map<string, Tracked[]>();
  /** Owners that could not be locked, by their key and by the ids of their pets: another session holds them. */
  readonly #held = new Map<string | number, OwnerTarget>();

  /** One message's view of the pets; one of another tenant is unknown. */
  view(target: Target | undefined): View {
    if (target === undefined) return NOTHING;
    const { tenantId } = target;
    if ('ownerId' in target) return { ...NOTHING, pets: this.#owned(tenantId, target.ownerId) };
    const tracked = this.#pets.get(target.petId);
    if (tracked?.tenantId !== tenantId || tracked.pet === undefined) return NOTHING;
    const { pet } = tracked;
    const spawnedPets = target.roster ? this.spawnedPets(tenantId, pet.ownerId) : [];
    return { ...NOTHING, ...this.#places.get(pet.id), pet, spawnedPets };
  }

  /** Takes over what a decision changed. */
  apply({ changes, deleted, newPosition }: Omit<Changed, 'events' | 'kind'>): void {
    for (const change of changes) {
      const tracked = this.#tracked(change.petId);
      tracked.pet = applyChange(mustExist(tracked.pet, `pet ${String(change.petId)}, which is deleted,`), change);
    }
    for (const pet of deleted) this.#tracked(pet.id).pet = undefined;
    if (newPosition === undefined) return;
    this.#places.set(newPosition.petId, {
      ...(this.#places.get(newPosition.petId) ?? NOWHERE),
      position: newPosition.position,
    });
    this.#placed.set(newPosition.petId, newPosition);
  }

  /** An owner is somewhere else now: where its pets stood is void. */
  move(tenantId: string, { characterId, session }: SessionChange): void {
    for (const { stored } of this.#byOwner.get(ownerKey(tenantId, characterId)) ?? []) {
      if (this.#places.has(stored.id))
        this.#places.set(stored.id, { position: undefined, session: session ?? undefined });
      this.#placed.delete(stored.id);
    }
  }

  /** Where pets have come out and still are. */
  get placed(): readonly PlacedAt[] {
    return [...this.#placed.values()]
      .filter(({ petId }) => this.#pets.get(petId)?.pet !== undefined)
      .map(({ petId, position }) => ({ petId, position, session: this.#places.get(petId)?.session }));
  }

  /** Writes every changed pet: what often changes in one statement, excludes in another; deletes come before. */
  async save(connection: Connection): Promise<void> {
    const { deleted } = this;
    for (const some of chunksOf(deleted)) await execute(connection, deletePetsStatement, ...keysOf(some));
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
      throw new InvariantError(`${String(changed.length)} pets were changed, ${String(saved)} rows updated`);
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

  /** Takes over where pets and their owners are. */
  place(places: ReadonlyMap<number, PetPlace>): void {
    for (const [petId, place] of places) this.#places.set(petId, place);
  }

  /** Notes that an owner could not be locked, or that a pet is not loaded for that reason. */
  hold(owner: OwnerTarget, petId?: number): void {
    this.#held.set(petId ?? ownerKey(owner.tenantId, owner.ownerId), owner);
  }

  /** The owner that a target waits for, because another session holds it; undefined where there is none. */
  heldOwner(target: Target | undefined): OwnerTarget | undefined {
    if (target === undefined) return undefined;
    const held = this.#held.get('ownerId' in target ? ownerKey(target.tenantId, target.ownerId) : target.petId);
    return held?.tenantId === target.tenantId ? held : undefined;
  }

  #tracked(id: number): Tracked {
    const tracked = this.#pets.get(id);
    if (tracked === undefined) throw new InvariantError(`pet ${String(id)} was changed but never loaded`);
    return tracked;
  }

  /** Those that messages have deleted, as they were stored. */
  get deleted(): readonly OwnedPet[] {
    return [...this.#pets.values()].flatMap(({ tenantId, stored, pet }) => (pet ? [] : [{ tenantId, pet: stored }]));
  }

  #owned(tenantId: string, ownerId: number): Pet[] {
    return (this.#byOwner.get(ownerKey(tenantId, ownerId)) ?? []).flatMap(({ pet }) => pet ?? []);
  }

  /** An owner's spawned pets, by slot. */
  spawnedPets(tenantId: string, ownerId: number): Pet[] {
    return this.#owned(tenantId, ownerId)
      .filter(isSpawned)
      .sort((a, b) => a.slot - b.slot);
  }
}

/** The key columns of some pets. */
function keysOf(pets: readonly OwnedPet[]): [tenants: string, ids: string] {
  return [list(pets.map(({ tenantId }) => tenantId)), list(pets.map(({ pet }) => pet.id))];
}
