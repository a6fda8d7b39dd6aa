/** Pets that are spawned, each once, and their expected positions. */
import type pg from 'pg';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import { characterAnswer, footholdAnswer } from '../services/answers.ts';
import { insertPetsOf, ownerOf, tenantOf } from './award-workload.ts';
import { randomOf, shuffle } from './random.ts';

export const OWNERS = 20_000;
const PETS_PER_OWNER = 3;
export const SPAWNS = OWNERS * PETS_PER_OWNER;
const MAP = 100_000_000;

export async function insertAtHome(client: pg.Client): Promise<void> {
  await insertPetsOf(client, OWNERS);
  await client.query(`
    INSERT INTO character_session (tenant_id, character_id, world_id, channel_id, map_id, instance, hunger_due_at)
    SELECT tenant_id, owner_id, 0, 1, ${String(MAP)}, '00000000-0000-0000-0000-000000000000', now() + interval '1 day'
      FROM owner`);
  await client.query('VACUUM ANALYZE');
}

/** Returns the ids of all pets, in a random order of a fixed seed. */
export function spawnOrder(): number[] {
  return shuffle(
    Array.from({ length: SPAWNS }, (_, index) => index + 1),
    randomOf(20_261_126),
  );
}

export function spawnRecord(petId: number) {
  return petCommand.encode(
    {
      transactionId: `00000000-0000-4000-8000-${petId.toString(16).padStart(12, '0')}`,
      actorId: ownerOf(petId),
      petId,
      type: 'SPAWN',
      body: { lead: false },
    },
    { TENANT_ID: tenantOf(petId), REGION: 'GMS', MAJOR_VERSION: 83, MINOR_VERSION: 1, traceparent: newTraceparent() },
  );
}

/** Returns the position at which a pet is spawned, by the answers of the stand-in. */
function spawnPositionOf(petId: number, withFootholds: boolean) {
  const character = characterAnswer(ownerOf(petId));
  if (character === undefined) return { x: 0, y: 0, stance: 0, fh: 1 };
  const { x, y } = character.data.attributes as { readonly x: number; readonly y: number };
  return { x, y, stance: 0, fh: withFootholds ? Number(footholdAnswer(MAP)?.data.id) : 1 };
}

/** Returns the faults of the events: each pet must have SLOT_CHANGED and SPAWNED, in its owner's lowest free slot. */
export function checkSpawned(records: readonly TopicRecord[], withFootholds: boolean): string[] {
  const faults: string[] = [];
  const spawnedCounts = new Map<number, number>();
  const spawning = new Map<number, number>();
  for (const { value } of records) {
    const event = JSON.parse(String(value)) as PetStatusEvent;
    const { petId, ownerId } = event;
    const slot = spawnedCounts.get(ownerId) ?? 0;
    if (event.type === 'SLOT_CHANGED') {
      spawning.set(ownerId, petId);
      if (event.body.oldSlot !== -1 || event.body.newSlot !== slot) faults.push(`pet ${String(petId)}: slot changed`);
    } else if (event.type === 'SPAWNED') {
      const { x, y, stance, fh } = event.body;
      if (spawning.get(ownerId) !== petId || event.body.slot !== slot) faults.push(`pet ${String(petId)}: slot`);
      if (JSON.stringify({ x, y, stance, fh }) !== JSON.stringify(spawnPositionOf(petId, withFootholds)))
        faults.push(`pet ${String(petId)}: position`);
      spawnedCounts.set(ownerId, slot + 1);
    } else faults.push(`unexpected ${event.type}`);
  }
  if (records.length !== 2 * SPAWNS) faults.push(`${String(records.length)} events`);
  return faults;
}

/** Returns the faults of the final rows: every pet must be spawned, three slots per owner, at its position. */
export async function checkSpawnedRows(client: pg.Client, withFootholds: boolean): Promise<string[]> {
  const { rows: owners } = await client.query<{ count: string }>(
    `SELECT count(*)
       FROM (SELECT FROM pet GROUP BY tenant_id, owner_id HAVING array_agg(slot ORDER BY slot) = '{0,1,2}'::smallint[])`,
  );
  const { rows } = await client.query<{ id: string; position: string | null }>(
    `SELECT pet.id, json_build_object('x', x, 'y', y, 'stance', stance, 'fh', fh)::text AS position
       FROM pet LEFT JOIN pet_position ON pet_id = pet.id`,
  );
  const faults = rows.flatMap(({ id, position }) => {
    // If the character is unknown, no position is stored.
    const isKnown = characterAnswer(ownerOf(Number(id))) !== undefined;
    const expected = isKnown
      ? spawnPositionOf(Number(id), withFootholds)
      : { x: null, y: null, stance: null, fh: null };
    const isExpected = JSON.stringify(JSON.parse(position ?? 'null')) === JSON.stringify(expected);
    return isExpected ? [] : [`pet ${id} is at ${String(position)}, not ${JSON.stringify(expected)}`];
  });
  const correctOwners = Number(owners[0]?.count);
  return correctOwners === OWNERS
    ? faults
    : [`${String(correctOwners)} of ${String(OWNERS)} owners have slots 0, 1 and 2`, ...faults];
}
