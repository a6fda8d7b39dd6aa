import type { NewPet } from '../domain/creation.ts';
import { applyChange, isSpawned } from '../domain/pet.ts';
import type { Changed, Pet, PetPosition } from '../domain/pet.ts';
import type { SessionChange } from '../domain/session.ts';
import type { PetState, RuleState } from '../domain/rule-input.ts';
import { InvariantError, mustExist } from '../invariant.ts';
import { ownerKey } from '../keys.ts';
import type { OwnerKey } from '../store/tables/owner.ts';
import type { PetKey } from '../store/tables/pet-key.ts';
import type { NewPosition, SessionPosition } from '../store/tables/pet-position.ts';
import type { ChangedPet, TenantPet } from '../store/tables/pet.ts';

/** A pet that a message is about. */
export interface PetTarget extends PetKey {
  /** The state to load besides the pet. */
  readonly load: readonly (keyof PetState)[];
}

/** A pet, or an owner with all its pets, that a message is about. */
export type Target = PetTarget | OwnerKey;

/** A pet that this unit of work creates. */
export class CreatedPet {
  readonly tenantId: string;
  readonly pet: NewPet;
  #id: number | undefined;

  constructor(tenantId: string, pet: NewPet) {
    this.tenantId = tenantId;
    this.pet = pet;
  }

  /** uint32. @throws {InvariantError} before the pet is inserted. */
  get id(): number {
    return mustExist(this.#id, 'the id of a pet that is created');
  }

  set id(id: number) {
    this.#id = id;
  }
}

interface Tracked {
  readonly tenantId: string;
  /** As the database has it. */
  readonly stored: Pet;
  /** The pet after the messages applied so far; undefined if one of them deleted it. */
  pet: Pet | undefined;
}

/** What a message sees of the pets: what its target loads. */
type View = Partial<Omit<RuleState, 'lastSessionEventAt'>>;
const UNKNOWN: SessionPosition = { position: undefined, session: undefined };

/** The pets that one unit of work has locked, as its messages leave them. */
export class Rosters {
  readonly #pets = new Map<number, Tracked>();
  readonly #created: CreatedPet[] = [];
  /** The positions of those pets whose rule needs it. */
  readonly #positions = new Map<number, SessionPosition>();
  /** The positions of pets that were spawned. */
  readonly #newPositions = new Map<number, PetPosition>();
  /** Per locked owner whose roster is loaded: its spawned pets at the time of loading, and those that joined. */
  readonly #byOwner = new Map<string, Tracked[]>();
  /** Owners that could not be locked, by their key and by the ids of their pets: another session holds them. */
  readonly #held = new Map<string | number, OwnerKey>();

  /** Returns what one message sees of the pets; a pet of another tenant is unknown. */
  view(target: Target | undefined): View {
    if (target === undefined) return {};
    const { tenantId } = target;
    if ('ownerId' in target) return { ownedPets: this.#owned(tenantId, target.ownerId) };
    const tracked = this.#pets.get(target.petId);
    const pet = tracked?.tenantId === tenantId ? tracked.pet : undefined;
    return {
      pet,
      ...(target.load.includes('spawnedPets') && { spawnedPets: pet ? this.spawnedPets(tenantId, pet.ownerId) : [] }),
      ...(loadsPosition(target) && { ...UNKNOWN, ...(pet && this.#positions.get(pet.id)) }),
    };
  }

  /** Takes over what a decision changed: all of it, or nothing if it throws. */
  apply({ changes, deleted, newPosition }: Omit<Changed, 'events' | 'kind'>): void {
    const changed = changes.map((change) => {
      const tracked = this.#tracked(change.petId);
      const pet = mustExist(tracked.pet, `pet ${String(change.petId)}, which is deleted,`);
      return { tracked, pet: applyChange(pet, change) };
    });
    const removed = deleted.map((pet) => this.#tracked(pet.id));
    for (const { tracked, pet } of changed) tracked.pet = pet;
    for (const tracked of removed) tracked.pet = undefined;
    if (newPosition === undefined) return;
    this.#positions.set(newPosition.petId, {
      ...(this.#positions.get(newPosition.petId) ?? UNKNOWN),
      position: newPosition.position,
    });
    this.#newPositions.set(newPosition.petId, newPosition);
  }

  /** Forgets the positions of an owner's pets, because its session has changed. */
  forgetPositions(tenantId: string, { characterId, session }: SessionChange): void {
    for (const { stored } of this.#byOwner.get(ownerKey(tenantId, characterId)) ?? []) {
      if (this.#positions.has(stored.id))
        this.#positions.set(stored.id, { position: undefined, session: session ?? undefined });
      this.#newPositions.delete(stored.id);
    }
  }

  /** The positions of spawned pets that have not been deleted since. */
  get newPositions(): readonly NewPosition[] {
    return [...this.#newPositions.values()]
      .filter(({ petId }) => this.#pets.get(petId)?.pet !== undefined)
      .map(({ petId, position }) => ({ petId, position, session: this.#positions.get(petId)?.session }));
  }

  get created(): readonly CreatedPet[] {
    return this.#created;
  }

  get changed(): readonly ChangedPet[] {
    return [...this.#pets.values()].flatMap(({ tenantId, stored, pet }) =>
      pet === undefined || pet === stored ? [] : [{ tenantId, stored, pet }],
    );
  }

  /** Those that messages have deleted, as they were stored. */
  get deleted(): readonly TenantPet[] {
    return [...this.#pets.values()].flatMap(({ tenantId, stored, pet }) => (pet ? [] : [{ tenantId, pet: stored }]));
  }

  /** Creates a pet: it has its id once it is inserted. */
  create(tenantId: string, pet: NewPet): CreatedPet {
    const created = new CreatedPet(tenantId, pet);
    this.#created.push(created);
    return created;
  }

  /** Takes over a pet, whose owner is locked, as it is stored. */
  add(tenantId: string, pet: Pet): void {
    if (this.#pets.has(pet.id)) return;
    const tracked = { tenantId, stored: pet, pet };
    this.#pets.set(pet.id, tracked);
    const owner = ownerKey(tenantId, pet.ownerId);
    const known = this.#byOwner.get(owner);
    if (known === undefined) this.#byOwner.set(owner, [tracked]);
    else known.push(tracked);
  }

  /** Takes over stored positions, by the pets' ids. */
  addPositions(positions: ReadonlyMap<number, SessionPosition>): void {
    for (const [petId, position] of positions) this.#positions.set(petId, position);
  }

  /** Notes that another session of the database holds an owner. */
  addHeldOwner(owner: OwnerKey): void {
    this.#held.set(ownerKey(owner.tenantId, owner.ownerId), owner);
  }

  /** Notes that a pet is not loaded, because another session of the database holds its owner. */
  addHeldPet(owner: OwnerKey, petId: number): void {
    this.#held.set(petId, owner);
  }

  /** Returns the owner that a target waits for, because another session holds it; undefined if there is none. */
  heldOwner(target: Target | undefined): OwnerKey | undefined {
    if (target === undefined) return undefined;
    const held = this.#held.get('ownerId' in target ? ownerKey(target.tenantId, target.ownerId) : target.petId);
    return held?.tenantId === target.tenantId ? held : undefined;
  }

  #tracked(id: number): Tracked {
    const tracked = this.#pets.get(id);
    if (tracked === undefined) throw new InvariantError(`pet ${String(id)} was changed but never loaded`);
    return tracked;
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

/** Whether a target loads the position of its pet, which comes with the session of its owner. */
export function loadsPosition({ load }: PetTarget): boolean {
  return load.includes('position') || load.includes('session');
}
