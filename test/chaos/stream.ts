/** The load of a chaos run: pets of several tenants, and commands for them. The same seed gives the same load. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import type { TenantHeaders } from '../../generated/contract/headers.js';
import type { StubAsset } from '../../scripts/services/answers.ts';
import type { NewPet } from '../../src/domain/creation.ts';
import { NIL_INSTANCE } from '../../src/domain/session.ts';
import type { Database } from '../../src/store/database.ts';
import { anyCommand, SMALL_AMOUNTS } from '../support/arbitrary.ts';
import { character as characterOf, command, sendable, TENANT } from '../support/commands.ts';
import { PARTITIONS } from '../support/rig.ts';

/** Owners of different tenants share their numbers. */
const TENANTS: readonly TenantHeaders[] = [
  TENANT,
  { TENANT_ID: '1b4e28ba-2fa1-41d2-883f-0016d3cca427', REGION: 'JMS', MAJOR_VERSION: 185, MINOR_VERSION: 2 },
  { TENANT_ID: '6fa459ea-ee8a-4ca4-894e-db77e160355e', REGION: 'KMS', MAJOR_VERSION: 1, MINOR_VERSION: 29 },
];
const OWNERS = 400;
const PETS_EACH = 5;
/** Owners that get more than half of the commands. */
const HOT = 6;
/** No pet has an id from here on. */
const NO_PET = 4_000_000_000;
/** A pet kind of the catalogue, with tricks. */
const TEMPLATE = 5_000_017;
/** The kind of each owner's first pet. */
const OTHER_TEMPLATE = 5_000_000;
/** First owners of three groups of 100, in which each owner loses something once. */
const LOSING = { pet: 100, everything: 200, ambiguousPet: 300, each: 100 };

export interface Owner {
  readonly tenant: TenantHeaders;
  readonly ownerId: number;
}

/** By number, from 0; the first ones are hot. */
export function ownerAt(index: number): Owner {
  return { tenant: tenantAt(index), ownerId: 1_000 + Math.floor(index / TENANTS.length) };
}

function tenantAt(index: number): TenantHeaders {
  return TENANTS[index % TENANTS.length] ?? TENANT;
}

/**
 * When pets expire during the run: half of them one after the other from the start, the others over the minute that a busy
 * machine may need before anything is applied.
 */
const EXPIRING_MS = { first: 2_000, next: 100, later: 500 };
const SOON_EXPIRING = 100;
/** A pet must be spawned before it expires, and a busy machine spawns it late. */
const SHORT_LIFE_MS = 3_000;
const LONGER_LIFE_MS = 12_000;

/**
 * Creates some thousand pets, the same number for each owner. Some are expired, others will be soon.
 *
 * @returns their ids, in order.
 */
export async function populate(database: Database): Promise<readonly number[]> {
  const begun = Date.now();
  const keyOf = (index: number) => {
    const { tenant, ownerId } = ownerAt(index);
    return { tenantId: tenant.TENANT_ID, ownerId: BigInt(ownerId) };
  };
  await database.owner.createMany({ data: Array.from({ length: OWNERS }, (_, index) => keyOf(index)) });
  const pets = await database.pet.createManyAndReturn({
    data: Array.from({ length: OWNERS * PETS_EACH }, (_, index) => ({
      ...keyOf(index % OWNERS),
      templateId: BigInt(index < OWNERS ? OTHER_TEMPLATE : TEMPLATE),
      name: 'Pet',
      fullness: index % 50,
      expiration: expirationOf(index, begun),
    })),
    select: { id: true },
  });
  return pets.map(({ id }) => Number(id));
}

function expirationOf(index: number, begun: number): Date | null {
  if (index % 50 === 49) return new Date(0);
  if (index % 10 !== 7) return null;
  const nth = index / 10;
  const later = Math.max(0, nth - SOON_EXPIRING);
  return new Date(begun + EXPIRING_MS.first + (nth - later) * EXPIRING_MS.next + later * EXPIRING_MS.later);
}

/** The first of the logged-in characters with spawned pets. */
const FIRST_PLAYER = 1_000_000;

/** Creates `count` logged-in characters with one to three spawned pets, which are due for hunger. Some of the pets expire. */
export async function populatePlayers(database: Database, count: number): Promise<void> {
  const players = Array.from({ length: count }, (_, index) => ({
    tenantId: tenantAt(index).TENANT_ID,
    ownerId: BigInt(FIRST_PLAYER + index),
  }));
  const now = new Date();
  await database.owner.createMany({ data: players });
  await database.pet.createMany({
    data: players.flatMap((player, index) =>
      Array.from({ length: 1 + (index % 3) }, (_, slot) => ({
        ...player,
        templateId: BigInt(TEMPLATE),
        name: 'Spawned',
        slot,
        fullness: (index * 7) % 100,
        expiration: (index + slot) % 4 === 0 ? now : null,
      })),
    ),
  });
  await database.characterSession.createMany({
    data: players.map(({ tenantId, ownerId }) => ({
      tenantId,
      characterId: ownerId,
      ...{ worldId: 0, channelId: 1, mapId: 100n, instance: NIL_INSTANCE },
      hungerDueAt: now,
    })),
  });
}

/** Returns the pets that an owner had from the start. The first one has another template. */
export function petsOf(pets: readonly number[], owner: number): readonly number[] {
  return pets.filter((_, index) => index % OWNERS === owner);
}

/** Returns the inventories of owners who lose an ambiguous pet: the pets that are left, so that the lost one is known. */
export function inventoriesOf(pets: readonly number[]): ReadonlyMap<number, readonly StubAsset[]> {
  const inventories = new Map<number, StubAsset[]>();
  for (let owner = LOSING.ambiguousPet; owner < LOSING.ambiguousPet + LOSING.each; owner += 1) {
    const { ownerId } = ownerAt(owner);
    // The first of the pets with this template is the lost one.
    const petIds = petsOf(pets, owner).slice(2);
    const assets = petIds.map((petId, index) => ({ id: petId, slot: 2 + index, templateId: TEMPLATE, petId }));
    // Characters of several tenants share an inventory: the stub ignores tenants.
    inventories.set(ownerId, [...(inventories.get(ownerId) ?? []), ...assets]);
  }
  return inventories;
}

/** Returns the owner of the pet of the `index`th POST: a hot one, or one that has no pet yet. */
export function createsFor(index: number): Owner {
  return ownerAt(index % 2 === 0 ? (index / 2) % HOT : OWNERS + index);
}

/** Whether the pet of the `index`th POST expires soon: some of hot owners, and some that no other command despawns before. */
export function isShortLived(index: number): boolean {
  return index % 4 <= 1;
}

/** Returns the attributes of the new pet of the `index`th POST, all of them set. */
export function newPetOf({ ownerId }: Owner, index: number): NewPet {
  return {
    ownerId,
    templateId: TEMPLATE,
    name: 'Born',
    level: 3,
    closeness: 7,
    fullness: 21,
    expiration: isShortLived(index)
      ? Date.now() + (index % 8 < 4 ? SHORT_LIFE_MS : LONGER_LIFE_MS)
      : Date.UTC(2100, 0, 1),
    cashId: 18_446_744_073_709_551_557n,
    flag: 65_535,
    purchaseBy: ownerId,
  };
}

/** Returns the trace of one record or request. */
export function traceparentOf(seed: number, what: string): string {
  const hex = createHash('sha256')
    .update(`${String(seed)} ${what}`)
    .digest('hex');
  return `00-${hex.slice(0, 32)}-${hex.slice(32, 48)}-01`;
}

type Sendable = ReturnType<typeof command> & { readonly partition?: number };

// Without bias: fast-check would draw the ends of a range far more often.
const upTo = (max: number) => fc.noBias(fc.nat(max));
const hotPet = fc.tuple(upTo(HOT - 1), upTo(PETS_EACH - 1)).map(([owner, pet]) => owner + OWNERS * pet);
const anyPet = upTo(OWNERS * PETS_EACH - 1);
const anyRecord = fc.record({
  any: anyCommand({
    pets: OWNERS * PETS_EACH,
    owners: OWNERS,
    pet: fc.oneof({ weight: 6, arbitrary: hotPet }, { weight: 4, arbitrary: anyPet }),
    amounts: SMALL_AMOUNTS,
  }),
  dice: upTo(99),
  partition: upTo(PARTITIONS - 1),
});

/**
 * Returns `count` records of the command topic, from the `first`th of the run on. Some are no commands, some name a pet
 * that does not exist or one of another tenant, and some are sent to another partition than that of their key: the service
 * must not rely on keys.
 */
export function recordsOf(seed: number, pets: readonly number[], first: number, count: number): Sendable[] {
  return fc.sample(anyRecord, { seed: seed + first, numRuns: count }).map(({ any, dice, partition }, index) => {
    const owner = any.pet % OWNERS;
    const petId = dice === 3 || dice === 4 ? NO_PET + first + index : (pets[any.pet] ?? 0);
    const tenant = tenantAt(dice === 5 || dice === 6 ? owner + 1 : owner);
    const traceparent = traceparentOf(seed, `command ${String(first + index)}`);
    const record = command(any.message(petId, ownerAt(any.actor).ownerId), tenant, traceparent);
    if (dice < 3) return broken(record, partition);
    return dice < 17 ? { ...record, partition } : record;
  });
}

/** Breaks a command in one of four ways. */
function broken({ key, value, headers }: Sendable, way: number): Sendable {
  switch (way) {
    case 0:
      return { key, value: Buffer.from('{"petId": '), headers };
    case 1:
      return { key, value: Buffer.from('{"type": "FLY"}'), headers };
    case 2:
      return { key, value, headers: {} };
    default:
      return { key, value: Buffer.from('{"type": "DESPAWN"}'), headers };
  }
}

/** Returns the commands for a new pet. The last one despawns it, unless it is to expire. */
export function firstCommandsOf(
  seed: number,
  { tenant, ownerId }: Owner,
  petId: number,
  isDespawned: boolean,
): Sendable[] {
  const base = { transactionId: '11111111-2222-4333-8444-555555555555', actorId: ownerId, petId };
  return [
    { ...base, type: 'SPAWN' as const, body: { lead: true } },
    { ...base, type: 'AWARD_CLOSENESS' as const, body: { amount: 5 } },
    ...(isDespawned ? [{ ...base, type: 'DESPAWN' as const, body: {} }] : []),
  ].map((message) => command(message, tenant, traceparentOf(seed, `first ${message.type} of ${String(petId)}`)));
}

/** Returns the event that an item of an owner's first pet, or of another template, was deleted. */
export function assetOf(owner: number, context: TenantHeaders & { traceparent: string }, templateId = OTHER_TEMPLATE) {
  const event = { characterId: ownerAt(owner).ownerId, templateId, slot: 1, type: 'DELETED', body: null } as const;
  return sendable(assetStatus.encode(event, context));
}

/** How much older an event in another partition is than the one that was sent before it. */
const OUT_OF_ORDER_MS = 5_000;
const HOME = { channelId: 1, mapId: 100 };

/** Returns the events of other services and the movements that are sent with the `index`th chunk of the commands. */
export function othersOf(seed: number, pets: readonly number[], index: number) {
  const contextOf = (owner: number, what: string) => {
    return { ...tenantAt(owner), traceparent: traceparentOf(seed, `${what} of ${String(owner)} ${String(index)}`) };
  };
  const character = (owner: number, type: string, body?: object) =>
    characterOf(ownerAt(owner).ownerId, { type, body }, contextOf(owner, type));
  const asset = (owner: number, templateId: number) => {
    return assetOf(owner, contextOf(owner, `asset ${String(templateId)}`), templateId);
  };
  const [here, before] = [(index * 7) % OWNERS, ((index + OWNERS - 1) * 7) % OWNERS];
  const hasLosses = index < LOSING.each;
  return {
    characters: [
      // Their pets get hungry: a LOGIN within a session does not restart hunger.
      ...Array.from({ length: index % 5 === 0 ? HOT : 0 }, (_, hot) => character(hot, 'LOGIN', HOME)),
      ...(here < HOT ? [] : [character(here, 'LOGIN', HOME)]),
      character(before, index % 3 === 0 ? 'LOGOUT' : 'MAP_CHANGED', { channelId: 1, mapId: 100, targetMapId: 101 }),
      character(here, 'STAT_CHANGED', {}),
      // It was sent before the LOGIN, and is read before or after it, as from a producer that ignores the key.
      {
        ...character(here, 'LOGOUT', HOME),
        partition: index % PARTITIONS,
        timestamp: String(Date.now() - OUT_OF_ORDER_MS),
      },
      ...(hasLosses ? [character(LOSING.everything + index, 'DELETED')] : []),
    ],
    assets: hasLosses ? [asset(LOSING.pet + index, OTHER_TEMPLATE), asset(LOSING.ambiguousPet + index, TEMPLATE)] : [],
    movements: Array.from({ length: 10 }, (_, at) => {
      const pet = (index * 10 + at) % pets.length;
      const { tenant, ownerId } = ownerAt(pet % OWNERS);
      const where = {
        worldId: 0,
        channelId: 1,
        mapId: 100,
        instance: NIL_INSTANCE,
        x: index % 30_000,
        y: at,
        stance: 2,
      };
      return sendable(
        petMovement.encode(
          { ...where, objectId: pets[pet] ?? 0, observerId: ownerId },
          { ...tenant, traceparent: traceparentOf(seed, `move ${String(index)} ${String(at)}`) },
        ),
      );
    }),
  };
}

/** Returns CHAOS_SEED, or 1. */
export function seedOfRun(): number {
  return Number(process.env['CHAOS_SEED'] ?? 1);
}
