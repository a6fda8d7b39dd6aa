/** Events and state are the same, however records are batched and lanes are interleaved. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import { applyBatch } from '../../src/consumer/batch.ts';
import { Lane } from '../../src/consumer/lane.ts';
import type { BatchShare } from '../../src/consumer/batch-share.ts';
import type { Pet } from '../../src/domain/pet.ts';
import { petCommands } from '../../src/handlers/pet-command.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { insertOffsets } from '../../src/store/tables/consumer-offset.ts';
import { Tenants } from '../../src/store/tenants.ts';
import type { PendingRecord } from '../../src/store/tables/outbox.ts';
import { anyCommand } from '../support/arbitrary.ts';
import type { AnyCommand } from '../support/arbitrary.ts';
import { command, createPets, petOfRow } from '../support/commands.ts';
import { createDatabase } from '../support/database.ts';
import { fetchedOf } from '../support/fetched.ts';
import { referencesOf } from '../support/facts.ts';
import { replay } from '../support/replay.ts';

const PETS = 8;
const OWNERS = [501, 502] as const;
const PARTITIONS = 3;
const TOPIC = 'commands';
const NOW = Date.UTC(2026, 0, 1);
const skills = new Map([0, 1, 2].map((id) => [id, { probability: 50, increase: id * 40 }]));
const references = referencesOf({ petTemplate: () => ({ hunger: 1, skills }) });

let database: Database;
beforeAll(async () => {
  database = openDatabase(await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`));
});
afterAll(() => database.$disconnect());

interface Sent {
  readonly command: AnyCommand;
  readonly partition: number;
}

/** Creates the same pets and lanes with the same records, for a tenant and a group of its own. */
async function createWorld(sent: readonly Sent[]) {
  const tenant = randomUUID();
  const group = randomUUID();
  const owned = await Promise.all(OWNERS.map((owner) => createPets(database, owner, PETS / OWNERS.length, tenant)));
  const ids = Array.from(
    { length: PETS },
    (_, pet) => owned[pet % OWNERS.length]?.[Math.floor(pet / OWNERS.length)] ?? 0,
  );
  const lanes = Array.from(
    { length: PARTITIONS },
    (_, partition) => new Lane({ topic: TOPIC, partition, next: 0n, lastApplied: undefined, last: undefined }),
  );
  await insertOffsets(
    database,
    group,
    lanes.map(({ partition }) => ({ topic: TOPIC, partition, next: 0n })),
  );
  const next = lanes.map(() => 0n);
  for (const { command: one, partition } of sent) {
    const message = one.message(ids[one.pet] ?? 0, OWNERS[one.actor] ?? 999);
    const { key, value, headers } = command(message, { TENANT_ID: tenant });
    lanes[partition]?.push(fetchedOf([{ key, value, headers, offset: next[partition] ?? 0n, timestamp: NOW }]));
    next[partition] = (next[partition] ?? 0n) + 1n;
  }
  const context = {
    database,
    group,
    handlers: new Map([[TOPIC, petCommands]]),
    references,
    tenants: new Tenants([]),
    forwardedHeaders: [],
    publisher: { isFull: () => false },
    hungerIntervalMs: 1,
    clock: () => NOW,
  };
  const committed: PendingRecord[] = [];
  const before = await petsOf(tenant, ids);

  return {
    lanes,
    async apply(shares: readonly BatchShare[]): Promise<void> {
      const applied = await applyBatch(context, shares, { wait: true, held: [] });
      expect(applied.fenced).toEqual([]);
      for (const { lane, outcomes, next: after, lastApplied } of applied.progress) {
        lane.applied(outcomes.length, after, lastApplied);
      }
      committed.push(...applied.committed);
    },
    /** Returns the messages of each stream and the stored pets; pets have their numbers as ids. */
    async result() {
      const numbers = new Map(ids.map((id, pet) => [id, pet]));
      const messages = committed.map(({ stream, channel, record }) => {
        const message = JSON.parse(record.value?.toString() ?? '') as PetStatusEvent;
        return {
          stream: stream.replace(tenant, ''),
          channel,
          message: { ...message, petId: numbers.get(message.petId) },
        };
      });
      const pets = await petsOf(tenant, ids);
      // The stored state equals the one that results from the events.
      const events = committed
        .filter(({ channel }) => channel === petStatus.name)
        .map(({ record }) => JSON.parse(record.value?.toString() ?? '') as PetStatusEvent);
      expect([...replay(before, events).values()]).toEqual([...pets.values()]);
      return {
        streams: Object.fromEntries(Map.groupBy(messages, ({ stream }) => stream)),
        pets: [...pets.values()].map((pet) => ({ ...pet, id: numbers.get(pet.id) })),
      };
    },
  };
}

async function petsOf(tenantId: string, ids: readonly number[]): Promise<Map<number, Pet>> {
  const rows = await database.pet.findMany({ where: { tenantId } });
  const byId = new Map(rows.map(petOfRow).map((pet) => [pet.id, pet]));
  return new Map(
    ids.map((id) => {
      const pet = byId.get(id);
      if (pet === undefined) throw new Error(`pet ${String(id)} does not exist`);
      return [id, pet];
    }),
  );
}

/** How many records of each lane a batch has, and which lane is first. */
const batch = fc.record({
  counts: fc.array(fc.nat(6), { minLength: PARTITIONS, maxLength: PARTITIONS }),
  first: fc.nat(PARTITIONS - 1),
});
const scenario = fc.record({
  sent: fc.array(
    fc.record({ command: anyCommand({ pets: PETS, owners: OWNERS.length }), partition: fc.nat(PARTITIONS - 1) }),
    {
      minLength: 1,
      maxLength: 40,
    },
  ),
  batches: fc.array(batch, { maxLength: 10 }),
});

it('produces the same events and state as applying the records one by one in the same order', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ sent, batches }) => {
      const batched = await createWorld(sent);
      const order: number[] = [];
      for (const { counts, first } of [...batches, { counts: countsOfAll(), first: 0 }]) {
        const shares = batched.lanes
          .map((lane, index) => ({ lane, records: lane.peek(counts[index] ?? 0) }))
          .filter(({ records }) => records.length > 0);
        const rotated = [...shares.slice(first), ...shares.slice(0, first)];
        for (const { lane, records } of rotated) order.push(...records.map(() => lane.partition));
        if (rotated.length > 0) await batched.apply(rotated);
      }

      const single = await createWorld(sent);
      for (const partition of order) {
        const lane = single.lanes[partition];
        if (lane !== undefined) await single.apply([{ lane, records: lane.peek(1) }]);
      }
      expect(await batched.result()).toEqual(await single.result());
    }),
    { numRuns: 40 },
  );
}, 120_000);

function countsOfAll(): number[] {
  return Array.from({ length: PARTITIONS }, () => 1_000);
}
