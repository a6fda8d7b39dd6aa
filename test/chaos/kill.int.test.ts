/** The process is killed at each step of a record's way: promises 1 to 4. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { FaultPoint } from '../../src/faults.ts';
import { award, command, createPets, header, json } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Seen } from '../support/rig.ts';

const OWNER = 500;
const PETS = 6;
const ROUNDS = 2;
const PER_ROUND = 40;

let rig: Rig;
afterEach(() => rig.close());

interface Closeness {
  readonly petId: number;
  readonly type: string;
  readonly body: { readonly closeness: number; readonly transactionId: string };
}

/** Kills an instance at `point` in each round, then lets one finish. @returns what was sent and what was seen. */
async function killedAt(point: FaultPoint) {
  rig = await createRig();
  const pets = await createPets(rig.database, OWNER, PETS);
  const sent = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const commands = Array.from({ length: PER_ROUND }, (_, index) => award(pets[index % PETS] ?? 0, 1));
    for (const { transactionId, petId } of commands) sent.set(String(transactionId), petId);
    await rig.send(commands.map((one) => command(one)));
    const instance = await rig.begin({ FAULT_POINT: point });
    expect(await instance.ended).toEqual({ code: null, signal: 'SIGKILL' });
  }
  const dead = await rig.database.outbox.count();
  await rig.start();
  const answered = (seen: readonly Seen[]) =>
    new Set(closeness(seen).map(({ event }) => event.body.transactionId)).size;
  const seen = await rig.seen((records) => answered(records) === sent.size);
  await rig.publishedAll();
  return { pets, sent, seen, dead };
}

function closeness(seen: readonly Seen[]) {
  return seen
    .map((record) => ({ record, event: json(record) as Closeness }))
    .filter(({ event }) => event.type === 'CLOSENESS_CHANGED');
}

/** Nothing lost, nothing applied twice, first copies in order, and every copy known by its MESSAGE_ID. */
async function expectExactlyOnce({ pets, sent, seen }: Awaited<ReturnType<typeof killedAt>>): Promise<void> {
  const rows = await rig.database.pet.findMany({ orderBy: { id: 'asc' } });
  const expected = pets.map((id) => [...sent.values()].filter((petId) => petId === id).length);
  expect(rows.map((row) => row.closeness)).toEqual(expected);

  const idOf = new Map<string, string>();
  let last = 0;
  const highest = new Map<number, number>();
  for (const { record, event } of closeness(seen)) {
    const messageId = String(header(record, 'MESSAGE_ID'));
    const { transactionId } = event.body;
    const known = idOf.get(transactionId);
    if (known !== undefined) {
      expect(messageId).toBe(known);
      continue;
    }
    idOf.set(transactionId, messageId);
    const sequence = Number(header(record, 'SEQUENCE'));
    expect(sequence).toBeGreaterThan(last);
    last = sequence;
    expect(event.body.closeness).toBe((highest.get(event.petId) ?? 0) + 1);
    highest.set(event.petId, event.body.closeness);
  }
  expect(new Set(idOf.values()).size).toBe(sent.size);
}

describe('an instance that is killed', () => {
  it.each(['after-load', 'before-commit'] as const)(
    '%s leaves nothing, and its records are applied by the next',
    async (point) => {
      const run = await killedAt(point);
      expect(run.dead).toBe(0);
      expect(closeness(run.seen)).toHaveLength(run.sent.size);
      await expectExactlyOnce(run);
    },
  );

  it('between commit and publish has its events sent by the next', async () => {
    const run = await killedAt('after-commit');
    expect(run.dead).toBeGreaterThan(0);
    await expectExactlyOnce(run);
  });

  it('between publish and delete has its events sent again, with the same MESSAGE_ID', async () => {
    const run = await killedAt('after-publish');
    expect(closeness(run.seen).length).toBeGreaterThan(run.sent.size);
    await expectExactlyOnce(run);
  });

  it('between delete and offset commit has none sent or applied again', async () => {
    const run = await killedAt('after-delete');
    expect(closeness(run.seen)).toHaveLength(run.sent.size);
    await expectExactlyOnce(run);
  });
});
