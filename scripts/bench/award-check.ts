import type pg from 'pg';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import { expectedStates, PETS, START } from './award-workload.ts';
import type { Award } from './award-workload.ts';

/** Returns the faults of the final rows. */
export async function checkRows(client: pg.Client, sent: readonly Award[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string; closeness: number; level: number }>(
    'SELECT id, closeness, level FROM pet',
  );
  const expected = expectedStates(sent);
  const faults = rows.flatMap(({ id, closeness, level }) => {
    const state = expected.get(Number(id))?.at(-1) ?? START;
    return state.closeness === closeness && state.level === level ? [] : [`row of pet ${id} is not as expected`];
  });
  return rows.length === PETS ? faults : [`${String(rows.length)} rows`, ...faults];
}

/** Returns the faults of the events: each award must have its one event, each pet's in order. */
export function checkEvents(records: readonly TopicRecord[], sent: readonly Award[]): string[] {
  const faults: string[] = [];
  const expected = expectedStates(sent);
  const seen = new Set<string>();
  const answered = new Set<string>();
  const levels = new Map<number, number>();
  const steps = new Map<number, number>();
  for (const record of records) {
    const messageId = String(record.headers['MESSAGE_ID']);
    if (seen.has(messageId)) continue;
    seen.add(messageId);
    const event = JSON.parse(String(record.value)) as PetStatusEvent;
    const { petId } = event;
    if (event.type === 'LEVEL_CHANGED') {
      levels.set(petId, event.body.level);
      continue;
    }
    if (event.type !== 'CLOSENESS_CHANGED') {
      faults.push(`unexpected ${event.type}`);
      continue;
    }
    const step = steps.get(petId) ?? 0;
    steps.set(petId, step + 1);
    const state = expected.get(petId)?.[step];
    answered.add(event.body.transactionId);
    if (state?.closeness !== event.body.closeness)
      faults.push(`event ${String(step)} of pet ${String(petId)}: closeness`);
    if (state?.level !== (levels.get(petId) ?? START.level))
      faults.push(`event ${String(step)} of pet ${String(petId)}: level`);
  }
  if (answered.size !== sent.length) faults.push(`${String(answered.size)} of ${String(sent.length)} awards answered`);
  return faults;
}
