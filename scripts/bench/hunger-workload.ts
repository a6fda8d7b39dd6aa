/** Characters, pets and the effects of hunger on them, computed without the service's rules. */
import type pg from 'pg';
import { START, tenantOfOwner, TENANTS } from './award-workload.ts';

export const OWNERS = 100_000;
/** Owners have 1, 2 and 3 spawned pets, in rotation: six pets for three owners. */
const ROUND = [
  { owner: 0, slot: 0 },
  { owner: 1, slot: 0 },
  { owner: 1, slot: 1 },
  { owner: 2, slot: 0 },
  { owner: 2, slot: 1 },
  { owner: 2, slot: 2 },
] as const;
export const PETS = 199_999;
/** Of the catalogue: it loses 6 of its fullness. */
const TEMPLATE = 5_000_017;
const HUNGER = 6;
const STARVING = 5;
/** One pet in so many is near starving. */
const HUNGRY_EVERY = 50;

interface SpawnedHungryPet {
  readonly petId: number;
  readonly ownerId: number;
  readonly slot: number;
  readonly fullness: number;
}

/** Of a pet id from 1 to {@link PETS}. */
export function petOf(petId: number): SpawnedHungryPet {
  const index = petId - 1;
  const { owner, slot } = ROUND[index % ROUND.length] ?? ROUND[0];
  return { petId, ownerId: 1 + 3 * Math.floor(index / ROUND.length) + owner, slot, fullness: fullnessOf(index) };
}

/** 0 to 11 for pets that are near starving: some lose all their fullness, some despawn, some do not. */
function fullnessOf(index: number): number {
  return index % HUNGRY_EVERY === 0 ? Math.floor(index / HUNGRY_EVERY) % 12 : 12 + (index % 89);
}

export async function insertHungry(client: pg.Client): Promise<void> {
  const tenants = `(ARRAY[${TENANTS.map((id) => `'${id}'`).join(', ')}]::uuid[])`;
  const tenant = (owner: string) => `${tenants}[1 + (${owner} - 1) % ${String(TENANTS.length)}]`;
  await client.query(`INSERT INTO tenant SELECT unnest(${tenants}), 'GMS', 83, 1`);
  await client.query(`
    INSERT INTO owner (tenant_id, owner_id)
    SELECT ${tenant('o')}, o FROM generate_series(1, ${String(OWNERS)}) AS o`);
  const pets = Array.from({ length: PETS }, (_, index) => petOf(index + 1));
  const column = (of: (pet: SpawnedHungryPet) => number) => pets.map(of);
  await client.query(
    `INSERT INTO pet (tenant_id, owner_id, template_id, name, level, closeness, fullness, slot)
     SELECT ${tenant('owner')}, owner, ${String(TEMPLATE)}, 'Pet', ${String(START.level)}, ${String(START.closeness)},
            fullness, slot
       FROM unnest($1::bigint[], $2::int[], $3::int[]) WITH ORDINALITY AS p (owner, fullness, slot, ordinal)
      ORDER BY ordinal`,
    [column(({ ownerId }) => ownerId), column(({ fullness }) => fullness), column(({ slot }) => slot)],
  );
  await client.query('VACUUM ANALYZE');
}

/** Logs every character in. All their pets get hungry at once, at `dueAt`, milliseconds since 1970. */
export async function logIn(client: pg.Client, dueAt: number): Promise<void> {
  await client.query(
    `INSERT INTO character_session (tenant_id, character_id, world_id, channel_id, map_id, instance, hunger_due_at)
     SELECT tenant_id, owner_id, 0, 1, 100000000, '00000000-0000-0000-0000-000000000000',
            to_timestamp($1::float8 / 1000)
       FROM owner`,
    [dueAt],
  );
  await client.query('VACUUM ANALYZE character_session');
  // Otherwise a checkpoint of all that was just inserted would fall into the measured time.
  await client.query('CHECKPOINT');
}

export function tenantOfPet(petId: number): string {
  return tenantOfOwner(petOf(petId).ownerId);
}

/** An event of one hunger sweep. */
export interface ExpectedEvent {
  readonly type: string;
  readonly petId: number;
  /** The fields of the body that hunger decides. */
  readonly body: Readonly<Record<string, number | string>>;
}

/** Returns the events of each owner's pets, in order. */
export function expectedEvents(): Map<number, readonly ExpectedEvent[]> {
  const events = new Map<number, readonly ExpectedEvent[]>();
  for (const [ownerId, pets] of owned()) events.set(ownerId, applyHunger(pets).events);
  return events;
}

/** Returns the final state of each pet; slot null means that it is not spawned. */
export function expectedPets(): Map<number, { readonly fullness: number; readonly slot: number | null }> {
  return new Map([...owned().values()].flatMap((pets) => [...applyHunger(pets).finalStates]));
}

function owned(): Map<number, readonly SpawnedHungryPet[]> {
  return Map.groupBy(
    Array.from({ length: PETS }, (_, index) => petOf(index + 1)),
    ({ ownerId }) => ownerId,
  );
}

function applyHunger(pets: readonly SpawnedHungryPet[]) {
  const events: ExpectedEvent[] = [];
  const finalStates = new Map<number, { fullness: number; slot: number | null }>();
  const spawned = [...pets];
  for (const pet of pets) {
    const { petId } = pet;
    const slot = spawned.indexOf(pet);
    const fullness = Math.max(0, pet.fullness - HUNGER);
    const amount = fullness - pet.fullness;
    if (amount !== 0) events.push({ type: 'FULLNESS_CHANGED', petId, body: { slot, fullness, amount } });
    finalStates.set(petId, { fullness, slot: null });
    if (fullness > STARVING) continue;
    for (let above = slot + 1; above < spawned.length; above += 1) {
      const shiftedId = spawned[above]?.petId ?? 0;
      events.push({ type: 'SLOT_CHANGED', petId: shiftedId, body: { oldSlot: above, newSlot: above - 1 } });
    }
    events.push({ type: 'SLOT_CHANGED', petId, body: { oldSlot: slot, newSlot: -1 } });
    events.push({ type: 'DESPAWNED', petId, body: { fullness, slot: -1, oldSlot: slot, reason: 'HUNGER' } });
    spawned.splice(slot, 1);
  }
  for (const [slot, { petId }] of spawned.entries())
    finalStates.set(petId, { fullness: finalStates.get(petId)?.fullness ?? NaN, slot });
  return { events, finalStates };
}
