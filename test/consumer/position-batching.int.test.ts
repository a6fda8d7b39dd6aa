/** The positions of pets do not depend on how the messages about their owners are batched. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import { applyBatch } from '../../src/consumer/batch.ts';
import { Lane } from '../../src/consumer/lane.ts';
import { isStaleSessionEvent } from '../../src/domain/session.ts';
import { characterEvents } from '../../src/handlers/character-status.ts';
import { petCommands } from '../../src/handlers/pet-command.ts';
import type { Handler } from '../../src/handlers/task.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { insertOffsets } from '../../src/store/tables/consumer-offset.ts';
import { listPets } from '../../src/store/tables/pet.ts';
import { savePositions } from '../../src/store/tables/position-reports.ts';
import { Tenants } from '../../src/store/tenants.ts';
import { character, command, createPets } from '../support/commands.ts';
import { createDatabase } from '../support/database.ts';
import { referencesOf } from '../support/facts.ts';
import { fetchedOf } from '../support/fetched.ts';

const OWNER = 7;
const PETS = 3;
const TOPIC = 'all';
const MAPS = [100, 200];
const NIL = '00000000-0000-0000-0000-000000000000';

/** Handles commands and characters' events of one lane, so that they have an order. */
const commandsAndEvents: Handler = {
  channel: petCommands.channel,
  decode: (record) => (record.value?.includes('"characterId"') ? characterEvents : petCommands).decode(record),
};
/** @param isKnown whether the characters service knows the position of the owner. */
const referencesWhere = (isKnown: boolean) =>
  referencesOf({
    characterPoint: () => (isKnown ? { x: 11, y: 22 } : undefined),
    foothold: ({ mapId }) => (mapId === MAPS[0] ? 5 : undefined),
  });

let database: Database;
beforeAll(async () => {
  database = openDatabase(await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`));
});
afterAll(() => database.$disconnect());

const anyStep = fc.oneof(
  fc.record({ kind: fc.constantFrom('SPAWN', 'DESPAWN'), pet: fc.nat(PETS - 1) }),
  fc.record({
    kind: fc.constantFrom('LOGIN', 'LOGOUT', 'MAP_CHANGED'),
    map: fc.constantFrom(...MAPS),
    // Some events are older than those before them.
    at: fc.nat(3),
  }),
);
const scenario = fc.record({
  steps: fc.array(anyStep, { maxLength: 12 }),
  isKnown: fc.boolean(),
  size: fc.integer({ min: 2, max: 5 }),
});
type Step = typeof anyStep extends fc.Arbitrary<infer One> ? One : never;

/** Applies the steps to an owner of a tenant of its own, `size` in a batch. */
async function outcomeOf(steps: readonly Step[], isKnown: boolean, size: number) {
  const [tenantId, group] = [randomUUID(), randomUUID()];
  const ids = await createPets(database, OWNER, PETS, tenantId);
  // One pet has a position already, without a session.
  const at = { worldId: 0, channelId: 1, mapId: 100, instance: NIL, x: 1, y: 2, stance: 3, fh: 4 };
  await savePositions(database, [{ ...at, tenantId, petId: ids[0] ?? 0, ownerId: OWNER }]);
  const lane = new Lane({ topic: TOPIC, partition: 0, next: 0n, lastApplied: undefined, last: undefined });
  await insertOffsets(database, group, [{ topic: TOPIC, partition: 0, next: 0n }]);
  const records = steps.map((step, index) => {
    const encoded =
      'pet' in step
        ? command(
            { actorId: OWNER, petId: ids[step.pet] ?? 0, type: step.kind, body: {} },
            {
              TENANT_ID: tenantId,
            },
          )
        : character(
            OWNER,
            { type: step.kind, body: { channelId: 1, mapId: step.map, targetMapId: step.map } },
            { TENANT_ID: tenantId },
          );
    return { ...encoded, offset: BigInt(index), timestamp: 'at' in step ? step.at : 0 };
  });
  lane.push(fetchedOf(records));
  const handlers = new Map([[TOPIC, commandsAndEvents]]);
  const tenants = new Tenants([]);
  const references = referencesWhere(isKnown);
  const context = {
    database,
    group,
    handlers,
    references,
    tenants,
    forwardedHeaders: [],
    publisher: { isFull: () => false },
    hungerIntervalMs: 1_000,
    clock: () => 0,
  };
  const events: string[] = [];
  while (lane.waiting > 0) {
    const applied = await applyBatch(context, [{ lane, records: lane.peek(size) }], { wait: true, held: [] });
    for (const { outcomes, next, lastApplied } of applied.progress) {
      lane.applied(outcomes.length, next, lastApplied);
    }
    for (const { record } of applied.committed) {
      const { petId, ...event } = JSON.parse(record.value?.toString() ?? '') as PetStatusEvent;
      events.push(`${String(ids.indexOf(petId))} ${JSON.stringify(event)}`);
    }
  }
  const { pets } = await listPets(database, tenantId, OWNER, { size: 10, offset: 0 });
  const session = await database.characterSession.findFirst({ where: { tenantId } });
  return {
    events: events.map((one) => one.replace(/"transactionId":"[^"]*"/, '')),
    pets: pets.map(({ id, slot, position }) => ({ pet: ids.indexOf(id), slot, position })),
    session: session && [Number(session.mapId), session.hungerDueAt.getTime()],
  };
}

/** Returns the map of the owner after all steps, by the rule. */
function mapAfter(steps: readonly Step[]): number | undefined {
  let map: number | undefined;
  let last: number | undefined;
  for (const step of steps) {
    if (!('at' in step) || isStaleSessionEvent(step.at, last)) continue;
    map = step.kind === 'LOGOUT' ? undefined : step.map;
    last = step.at;
  }
  return map;
}

it('batches of one, of several and of all messages have the same outcome', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ steps, isKnown, size }) => {
      const single = await outcomeOf(steps, isKnown, 1);
      expect(single.session?.[0]).toBe(mapAfter(steps));
      expect(await outcomeOf(steps, isKnown, size)).toEqual(single);
      expect(await outcomeOf(steps, isKnown, steps.length + 1)).toEqual(single);
    }),
    { numRuns: 60 },
  );
});
