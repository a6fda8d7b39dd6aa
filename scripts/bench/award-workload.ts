import type pg from 'pg';
import { petCommand } from '../../generated/contract/channels/pet-command.ts';
import { newTraceparent } from '../../generated/contract/headers.ts';
import { CLOSENESS_TO_NEXT_LEVEL, MOST_CLOSENESS } from '../../src/domain/growth.ts';

export const OWNERS = 5_000;
const PETS_PER_OWNER = 3;
export const PETS = OWNERS * PETS_PER_OWNER;
const COMMANDS_PER_PET = 4;

/** Grown pets: of new ones nearly every award would reach a level. */
export const START = { level: 10, closeness: 440 } as const;
const MOST_AMOUNT = 50;

const TENANTS = [
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

/** Pet ids 1 to 15,000; pet, owner and tenant follow from each other by arithmetic, in SQL and here alike. */
export async function insertPets(client: pg.Client): Promise<void> {
  const tenants = `(ARRAY[${TENANTS.map((id) => `'${id}'`).join(', ')}]::uuid[])`;
  await client.query(`
    INSERT INTO owner (tenant_id, owner_id)
    SELECT ${tenants}[1 + o % ${String(TENANTS.length)}], 1 + o FROM generate_series(0, ${String(OWNERS - 1)}) AS o`);
  await client.query(`
    INSERT INTO pet (tenant_id, owner_id, template_id, name, level, closeness)
    SELECT ${tenants}[1 + o % ${String(TENANTS.length)}], 1 + o, 5000017, 'Pet', ${String(START.level)}, ${String(START.closeness)}
      FROM generate_series(0, ${String(OWNERS - 1)}) AS o, generate_series(1, ${String(PETS_PER_OWNER)})
     ORDER BY o`);
  await client.query('VACUUM ANALYZE owner, pet, outbox, consumer_offset');
}

export function ownerOf(petId: number): number {
  return 1 + Math.floor((petId - 1) / PETS_PER_OWNER);
}

export function tenantOf(petId: number): string {
  return TENANTS[(ownerOf(petId) - 1) % TENANTS.length] ?? '';
}

/** Four awards for every pet, in an order that a fixed seed decides. */
export function awards(): Award[] {
  const random = mulberry32(20_261_124);
  const all = Array.from({ length: PETS * COMMANDS_PER_PET }, (_, index) => ({
    petId: 1 + (index % PETS),
    amount: Math.floor(random() * (MOST_AMOUNT + 1)),
    transactionId: `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
    tenantId: tenantOf(1 + (index % PETS)),
  }));
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [all[last], all[other]];
    if (a !== undefined && b !== undefined) [all[last], all[other]] = [b, a];
  }
  return all;
}

export function toRecord({ petId, amount, transactionId, tenantId }: Award) {
  return petCommand.encode(
    { transactionId, actorId: 0, petId, type: 'AWARD_CLOSENESS', body: { amount } },
    { TENANT_ID: tenantId, REGION: 'GMS', MAJOR_VERSION: 83, MINOR_VERSION: 1, traceparent: newTraceparent() },
  );
}

/** A pet's state after each of its awards, worked out without the service's rules. */
export function expectedStates(sent: readonly Award[]): Map<number, { closeness: number; level: number }[]> {
  const states = new Map<number, { closeness: number; level: number }[]>();
  for (const { petId, amount } of sent) {
    const ofPet = states.get(petId) ?? [];
    const closeness = Math.min((ofPet.at(-1) ?? START).closeness + amount, MOST_CLOSENESS);
    ofPet.push({ closeness, level: 1 + CLOSENESS_TO_NEXT_LEVEL.filter((needed) => closeness >= needed).length });
    states.set(petId, ofPet);
  }
  return states;
}

/** A small generator of numbers in [0, 1) that repeats with its seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
