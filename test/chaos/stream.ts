/** What a chaos run works with: pets of several tenants, and commands to them; a seed repeats both. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Database } from '../../src/store/database.ts';
import { anyCommand } from '../support/arbitrary.ts';
import { command, TENANT } from '../support/commands.ts';
import { PARTITIONS } from '../support/rig.ts';

const TENANTS = [TENANT.TENANT_ID, '1b4e28ba-2fa1-41d2-883f-0016d3cca427', '6fa459ea-ee8a-4ca4-894e-db77e160355e'];
const OWNERS = 400;
const PETS_EACH = 5;
/** Owners that more than half of the commands are about. */
const HOT = 6;
const NOBODY = 4_000_000_000;
/** A pet kind of the catalogue, with tricks. */
const TEMPLATE = 5_000_017;

export interface Owner {
  readonly tenantId: string;
  readonly ownerId: number;
}

/** Owners of different tenants share their numbers. */
export function ownerOf(index: number): Owner {
  const tenantId = TENANTS[index % TENANTS.length] ?? TENANT.TENANT_ID;
  return { tenantId, ownerId: 1_000 + Math.floor(index / TENANTS.length) };
}

/** Creates some thousand pets, dealt out to the owners in turn. @returns their ids, in order. */
export async function populate(database: Database): Promise<readonly number[]> {
  const owners = Array.from({ length: OWNERS }, (_, index) => ownerOf(index));
  await database.owner.createMany({
    data: owners.map(({ tenantId, ownerId }) => ({ tenantId, ownerId: BigInt(ownerId) })),
  });
  const pets = await database.pet.createManyAndReturn({
    data: Array.from({ length: OWNERS * PETS_EACH }, (_, index) => {
      const { tenantId, ownerId } = ownerOf(index % OWNERS);
      const expiration = index % 50 === 49 ? new Date(0) : null;
      return { tenantId, ownerId: BigInt(ownerId), templateId: BigInt(TEMPLATE), name: 'Pet', expiration };
    }),
    select: { id: true },
  });
  return pets.map(({ id }) => Number(id));
}

/** The owner whose pet is created by the `index`th POST: a hot one, or one that has no pet yet. */
export function createsFor(index: number): Owner {
  return ownerOf(index % 2 === 0 ? index % HOT : OWNERS + index);
}

/** A document that asks for a pet of this owner. */
export function newPetOf({ ownerId }: Owner) {
  return { ownerId, templateId: TEMPLATE, name: 'Born' };
}

/** A trace of its own for whatever is sent. */
export function traceOf(seed: number, what: string): string {
  const hex = createHash('sha256')
    .update(`${String(seed)} ${what}`)
    .digest('hex');
  return `00-${hex.slice(0, 32)}-${hex.slice(32, 48)}-01`;
}

type Sendable = ReturnType<typeof command> & { readonly partition?: number };

// Without bias: fast-check would draw the ends of a range far more often.
const upTo = (most: number) => fc.noBias(fc.nat(most));
const hotPet = fc.tuple(upTo(HOT - 1), upTo(PETS_EACH - 1)).map(([owner, pet]) => owner + OWNERS * pet);
const anyPet = upTo(OWNERS * PETS_EACH - 1);
const anyRecord = fc.record({
  any: anyCommand(
    OWNERS * PETS_EACH,
    OWNERS,
    fc.oneof({ weight: 6, arbitrary: hotPet }, { weight: 4, arbitrary: anyPet }),
  ),
  dice: upTo(99),
  partition: upTo(PARTITIONS - 1),
});

/**
 * Records of the command topic, of which some are of unknown pets, some are no commands, and some lie in another
 * partition than their key says: a key is never to be relied on.
 */
export function recordsOf(seed: number, pets: readonly number[], count: number): Sendable[] {
  return fc.sample(anyRecord, { seed, numRuns: count }).map(({ any, dice, partition }, index) => {
    const { tenantId, ownerId } = ownerOf(any.pet % OWNERS);
    const tenant = { TENANT_ID: tenantId as typeof TENANT.TENANT_ID };
    const petId = dice < 2 ? NOBODY + index : (pets[any.pet] ?? 0);
    const actorId = any.actor === any.pet % OWNERS ? ownerId : NOBODY;
    const record = command(any.message(petId, actorId), tenant, traceOf(seed, `command ${String(index)}`));
    if (dice < 4) return broken(record, partition);
    return dice < 15 ? { ...record, partition } : record;
  });
}

/** Commands that a pet gets as soon as it is created. */
export function firstCommandsOf(seed: number, { tenantId, ownerId }: Owner, petId: number): Sendable[] {
  const tenant = { TENANT_ID: tenantId as typeof TENANT.TENANT_ID };
  const base = { transactionId: '11111111-2222-4333-8444-555555555555', actorId: ownerId, petId };
  return [
    { ...base, type: 'SPAWN' as const, body: { lead: true } },
    { ...base, type: 'AWARD_CLOSENESS' as const, body: { amount: 5 } },
    { ...base, type: 'DESPAWN' as const, body: {} },
  ].map((message) => command(message, tenant, traceOf(seed, `first ${message.type} of ${String(petId)}`)));
}

/** What is no command, in four ways. */
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

/** The seed of this run: CHAOS_SEED, else always the same. */
export function seedOfRun(): number {
  return Number(process.env['CHAOS_SEED'] ?? 1);
}
