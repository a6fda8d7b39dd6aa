import type pg from 'pg';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { CLOSENESS_TO_NEXT_LEVEL, MAX_CLOSENESS } from '../../src/domain/growth.ts';
import { randomOf, shuffle } from './random.ts';

export const OWNERS = 5_000;
const PETS_PER_OWNER = 3;
export const PETS = OWNERS * PETS_PER_OWNER;
const COMMANDS_PER_PET = 4;

/** Pets of a higher level: nearly every award would raise the level of new ones. */
export const START = { level: 10, closeness: 440 } as const;
const MAX_AMOUNT = 50;

export const TENANTS = [
  '083839c6-c47c-42a6-9585-76492795d123',
  '5d1b9c1e-7c53-4f0e-9f57-2f6b0a4b7c11',
  'c0ffee00-1234-4abc-8def-0123456789ab',
] as const;

/** An award as it was sent. */
export interface Award {
  readonly petId: number;
  readonly amount: number;
  readonly transactionId: string;
  readonly tenantId: string;
}

/** Inserts pets with ids 1 to 15,000. Pet, owner and tenant follow from each other by arithmetic, in SQL and here alike. */
export function insertPets(client: pg.Client): Promise<void> {
  return insertPetsOf(client, OWNERS);
}

/** Inserts three pets for each of so many owners. */
export async function insertPetsOf(client: pg.Client, owners: number): Promise<void> {
  const tenants = `(ARRAY[${TENANTS.map((id) => `'${id}'`).join(', ')}]::uuid[])`;
  await client.query(`
    INSERT INTO owner (tenant_id, owner_id)
    SELECT ${tenants}[1 + o % ${String(TENANTS.length)}], 1 + o FROM generate_series(0, ${String(owners - 1)}) AS o`);
  await client.query(`
    INSERT INTO pet (tenant_id, owner_id, template_id, name, level, closeness)
    SELECT ${tenants}[1 + o % ${String(TENANTS.length)}], 1 + o, 5000017, 'Pet', ${String(START.level)}, ${String(START.closeness)}
      FROM generate_series(0, ${String(owners - 1)}) AS o, generate_series(1, ${String(PETS_PER_OWNER)})
     ORDER BY o`);
  await client.query('VACUUM ANALYZE owner, pet, outbox, consumer_offset');
}

export function ownerOf(petId: number): number {
  return 1 + Math.floor((petId - 1) / PETS_PER_OWNER);
}

export function tenantOf(petId: number): string {
  return tenantOfOwner(ownerOf(petId));
}

export function tenantOfOwner(ownerId: number): string {
  return TENANTS[(ownerId - 1) % TENANTS.length] ?? '';
}

/** Returns four awards for every pet, in a random order of a fixed seed. */
export function awards(): Award[] {
  const random = randomOf(20_261_124);
  const all = Array.from({ length: PETS * COMMANDS_PER_PET }, (_, index) => ({
    petId: 1 + (index % PETS),
    amount: amountOf(random),
    transactionId: transactionIdOf(index),
    tenantId: tenantOf(1 + (index % PETS)),
  }));
  return shuffle(all, random);
}

/** 0 to {@link MAX_AMOUNT}. */
export function amountOf(random: () => number): number {
  return Math.floor(random() * (MAX_AMOUNT + 1));
}

/** Returns a unique id for each index. */
export function transactionIdOf(index: number): string {
  return `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
}

export function toRecord({ petId, amount, transactionId, tenantId }: Award) {
  return petCommand.encode(
    { transactionId, actorId: 0, petId, type: 'AWARD_CLOSENESS', body: { amount } },
    { TENANT_ID: tenantId, REGION: 'GMS', MAJOR_VERSION: 83, MINOR_VERSION: 1, traceparent: newTraceparent() },
  );
}

/** Returns a pet's state after each of its awards, computed without the service's rules. */
export function expectedStates(sent: readonly Award[]): Map<number, { closeness: number; level: number }[]> {
  const states = new Map<number, { closeness: number; level: number }[]>();
  for (const { petId, amount } of sent) {
    const ofPet = states.get(petId) ?? [];
    const closeness = Math.min((ofPet.at(-1) ?? START).closeness + amount, MAX_CLOSENESS);
    ofPet.push({ closeness, level: 1 + CLOSENESS_TO_NEXT_LEVEL.filter((needed) => closeness >= needed).length });
    states.set(petId, ofPet);
  }
  return states;
}

/** Counts one CLOSENESS_CHANGED per award, and one LEVEL_CHANGED if it reaches a level. */
export function countEvents(sent: readonly Award[]): number {
  let levelled = 0;
  for (const states of expectedStates(sent).values()) {
    let level: number = START.level;
    for (const state of states) {
      if (state.level > level) levelled += 1;
      level = state.level;
    }
  }
  return sent.length + levelled;
}
