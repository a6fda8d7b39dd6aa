import type pg from 'pg';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import { expectedStates, START } from './award-workload.ts';
import type { Award } from './award-workload.ts';
import { expectedEvents, expectedPets, OWNERS } from './hunger-workload.ts';
import type { ExpectedEvent } from './hunger-workload.ts';

/** The default of the service. */
const INTERVAL_MS = 180_000;

/** Returns the faults of the events of hunger: each must be published once, each owner's in order. */
export function checkHunger(records: readonly TopicRecord[]): string[] {
  const expected = expectedEvents();
  const steps = new Map<number, number>();
  const faults: string[] = [];
  for (const record of records) {
    const event = JSON.parse(String(record.value)) as PetStatusEvent;
    const { ownerId } = event;
    const step = steps.get(ownerId) ?? 0;
    steps.set(ownerId, step + 1);
    const expectedEvent = expected.get(ownerId)?.[step];
    if (expectedEvent === undefined) faults.push(`one event more than there should be of owner ${String(ownerId)}`);
    else if (!isEvent(event, expectedEvent))
      faults.push(`event ${String(step)} of owner ${String(ownerId)} should be ${JSON.stringify(expectedEvent)}`);
  }
  for (const [ownerId, { length }] of expected) {
    if ((steps.get(ownerId) ?? 0) < length) faults.push(`events of owner ${String(ownerId)} are missing`);
  }
  return faults;
}

function isEvent({ type, petId, body }: PetStatusEvent, expectedEvent: ExpectedEvent): boolean {
  const actual = body as Readonly<Record<string, unknown>>;
  return (
    type === expectedEvent.type &&
    petId === expectedEvent.petId &&
    Object.entries(expectedEvent.body).every(([name, value]) => actual[name] === value)
  );
}

/** Returns the faults of the final rows: of every pet, and every session, which must be postponed once since `dueAt`. */
export async function checkHungerRows(client: pg.Client, sent: readonly Award[], dueAt: number): Promise<string[]> {
  interface PetRow {
    readonly id: string;
    readonly fullness: number;
    readonly slot: number | null;
    readonly closeness: number;
    readonly level: number;
  }
  const { rows } = await client.query<PetRow>('SELECT id, fullness, slot, closeness, level FROM pet');
  const pets = expectedPets();
  const grown = expectedStates(sent);
  const faults = rows.flatMap(({ id, fullness, slot, closeness, level }) => {
    const pet = pets.get(Number(id));
    const state = grown.get(Number(id))?.at(-1) ?? START;
    const isRight = pet?.fullness === fullness && pet.slot === slot;
    return isRight && state.closeness === closeness && state.level === level
      ? []
      : [`row of pet ${id} is not as expected`];
  });
  if (rows.length !== pets.size) faults.push(`${String(rows.length)} pets`);
  const { rows: sessions } = await client.query<{ count: string }>(
    `SELECT count(*)
       FROM character_session
      WHERE hunger_due_at BETWEEN to_timestamp($1::float8 / 1000) AND now() + make_interval(secs => $2::float8 / 1000)`,
    [dueAt + INTERVAL_MS, INTERVAL_MS],
  );
  const postponed = Number(sessions[0]?.count);
  return postponed === OWNERS
    ? faults
    : [`${String(postponed)} of ${String(OWNERS)} sessions were postponed`, ...faults];
}
