/** The sweeps for hunger and expiration, on a real database, with a clock that the test sets. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import type { TenantContext } from '../../src/context.ts';
import { createLog } from '../../src/log.ts';
import { FailedQuestionError, OutageError } from '../../src/reference/source.ts';
import type { References, FailureVerdict } from '../../src/reference/source.ts';
import { Schedule } from '../../src/schedule/schedule.ts';
import { expirationSweep, hungerSweep } from '../../src/schedule/sweeps.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import type { PendingRecord } from '../../src/store/tables/outbox.ts';
import { Tenants } from '../../src/store/tenants.ts';
import { createPets, TENANT } from '../support/commands.ts';
import { createDatabase } from '../support/database.ts';
import { referencesOf } from '../support/facts.ts';
import { until } from '../support/until.ts';

const NOW = Date.UTC(2026, 0, 1);
const INTERVAL_MS = 180_000;
const HUNGER = 6;
const FORWARDED = ['ENVIRONMENT'];
const embedded = referencesOf({ petTemplate: () => ({ hunger: HUNGER, skills: new Map() }) });

let database: Database;
let url: string;
beforeAll(async () => {
  url = await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`);
  database = openDatabase(url);
});
afterAll(() => database.$disconnect());
beforeEach(async () => {
  await database.outbox.deleteMany();
  await database.characterSession.deleteMany();
  await database.pet.deleteMany();
  await database.tenant.deleteMany();
  await saveTenant({});
});

/** Stores tenant headers as if a record with them had just been consumed. */
function saveTenant(context: Partial<TenantContext>): Promise<void> {
  const seen = { context: { ...TENANT, forwarded: {}, ...context }, seenAt: Date.now() };
  return new Tenants(FORWARDED).saveSeen(database, [seen]);
}

/** Creates a logged-in character with this many spawned pets. @returns the ids of the pets. */
async function logIn(ownerId: number, petCount: number, dueAt = NOW, tenantId = TENANT.TENANT_ID): Promise<number[]> {
  const ids = petCount > 0 ? await createPets(database, ownerId, petCount, tenantId) : [];
  for (const [slot, id] of ids.entries()) await database.pet.update({ where: { id }, data: { slot } });
  const location = { worldId: 0, channelId: 1, mapId: 100n, instance: randomUUID() };
  await database.characterSession.create({
    data: { tenantId, characterId: BigInt(ownerId), ...location, hungerDueAt: new Date(dueAt) },
  });
  return ids;
}

const running: Schedule[] = [];
afterEach(() => Promise.all(running.splice(0).map((schedule) => schedule.stop())));

interface Run {
  readonly published: PendingRecord[];
  readonly health: Map<string, string | undefined>;
  stop(): Promise<void>;
}

/** @param lines gets the lines of the log. */
function run(references: References = embedded, now = NOW, lines?: string[]): Run {
  const published: PendingRecord[] = [];
  const health = new Map<string, string | undefined>();
  const schedule = new Schedule({
    database,
    tenants: new Tenants(FORWARDED),
    references,
    sweeps: [
      { sweep: hungerSweep(INTERVAL_MS), intervalMs: 20 },
      { sweep: expirationSweep, intervalMs: 20 },
    ],
    publisher: { publish: (records) => published.push(...records), isFull: () => false },
    clock: () => now,
    health: (component, reason) => health.set(component, reason),
    log: lines === undefined ? createLog('silent') : pino({}, { write: (line: string) => lines.push(line) }),
  });
  schedule.start();
  running.push(schedule);
  return { published, health, stop: () => schedule.stop() };
}

const isDone = async () =>
  (await database.characterSession.count({ where: { hungerDueAt: { lte: new Date(NOW) } } })) === 0;
const eventOf = ({ record }: PendingRecord) => JSON.parse(record.value?.toString() ?? '') as PetStatusEvent;

/** Runs until no hunger is due. @returns the published records. */
async function sweep(references = embedded): Promise<PendingRecord[]> {
  const { published, stop } = run(references);
  await until('hunger is still due', isDone);
  await stop();
  return published;
}

describe('the hunger sweep', () => {
  it('sends events with the last seen headers of the tenant and a new trace, and sets the next due time', async () => {
    const strange = {
      REGION: 'a,b%\u0000',
      MAJOR_VERSION: 65_535,
      forwarded: { ENVIRONMENT: Buffer.from([0, 0xff, 0x2c]) },
    };
    await saveTenant(strange);
    const [petId = 0] = await logIn(1, 1, NOW - 5_000);
    const published = await sweep();
    const body = { slot: 0, fullness: 94, amount: -6 };
    expect(published.map(eventOf)).toEqual([{ petId, ownerId: 1, type: 'FULLNESS_CHANGED', body }]);
    expect(published[0]).toMatchObject({ channel: petStatus.name, stream: `${TENANT.TENANT_ID}/1` });
    expect(published[0]?.record.headers).toMatchObject({
      TENANT_ID: TENANT.TENANT_ID,
      REGION: strange.REGION,
      MAJOR_VERSION: Buffer.from([255, 255]),
      ENVIRONMENT: strange.forwarded.ENVIRONMENT,
      MINOR_VERSION: Buffer.from([0, 1]),
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
    });
    expect(await database.outbox.count()).toBe(1);
    expect(await database.pet.findUniqueOrThrow({ where: { id: petId } })).toMatchObject({ fullness: 94 });
    // Missed intervals are not made up for.
    const { hungerDueAt } = await database.characterSession.findFirstOrThrow();
    expect(hungerDueAt.getTime()).toBe(NOW + INTERVAL_MS);
    expect(await sweep()).toEqual([]);
  });

  it('changes no pet before hunger is due, and none of an owner who is logged out', async () => {
    await logIn(1, 1, NOW + 1);
    await createPets(database, 2, 1);
    await logIn(3, 0);
    expect(await sweep()).toEqual([]);
    const session = { tenantId_characterId: { tenantId: TENANT.TENANT_ID, characterId: 3n } };
    const { hungerDueAt } = await database.characterSession.findUniqueOrThrow({ where: session });
    expect(hungerDueAt.getTime()).toBe(NOW + INTERVAL_MS);
  });

  it('handles each owner once if several instances run', async () => {
    for (let ownerId = 1; ownerId <= 300; ownerId += 1) await logIn(ownerId, 1 + (ownerId % 3));
    // More than one chunk of owners.
    await database.characterSession.createMany({
      data: Array.from({ length: 2_500 }, (_, index) => ({
        tenantId: TENANT.TENANT_ID,
        characterId: 10_000n + BigInt(index),
        worldId: 0,
        channelId: 1,
        mapId: 1n,
        instance: randomUUID(),
        hungerDueAt: new Date(NOW - index),
      })),
    });
    const runs = [run(), run(), run()];
    await until('hunger is still due', isDone);
    await Promise.all(runs.map((one) => one.stop()));
    const published = runs.flatMap((one) => one.published.map(eventOf));
    expect(published.length).toBe(600);
    expect(new Set(published.map(({ petId }) => petId)).size).toBe(600);
    expect(await database.pet.count({ where: { fullness: 100 - HUNGER } })).toBe(600);
  });

  it('skips an owner whose row is locked until it is released, and handles the others', async () => {
    const [locked = 0] = await logIn(1, 1, NOW - 9);
    const [free = 0] = await logIn(2, 1);
    const fullness = async (id: number) => (await database.pet.findUniqueOrThrow({ where: { id } })).fullness;
    const { published, stop } = await database.$transaction(async (transaction) => {
      await transaction.$queryRaw`SELECT 1 FROM owner WHERE owner_id = 1 FOR UPDATE`;
      const running = run();
      await until('the unlocked owner waits too', async () => (await fullness(free)) === 94);
      expect(await fullness(locked)).toBe(100);
      return running;
    });
    await until('the locked owner is never handled', isDone);
    await stop();
    expect(published.map(eventOf).map(({ petId }) => petId)).toEqual([free, locked]);
  });

  it('waits for the lock of a late owner that is locked at every attempt', async () => {
    const [petId = 0] = await logIn(1, 1, NOW - 20_001);
    const state = { isDone: false };
    // This session releases the lock only if another session waits for it.
    const busy = (async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      while (!state.isDone) {
        await client.query('BEGIN');
        await client.query('SELECT 1 FROM owner WHERE owner_id = 1 FOR UPDATE');
        await until('no session waits for the lock', async () => {
          const { rows } = await client.query('SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1');
          return rows.length > 0 || (state.isDone = await isDone());
        });
        await client.query('COMMIT');
      }
      await client.end();
    })();
    const { published, stop } = run();
    await until('hunger is still due', isDone);
    state.isDone = true;
    await busy;
    await stop();
    expect(published.map(eventOf).map((event) => event.petId)).toEqual([petId]);
  });

  it('waits for the headers of an unknown tenant, and handles the others', async () => {
    const stranger = randomUUID();
    for (let ownerId = 1; ownerId <= 5; ownerId += 1) await logIn(ownerId, 1, NOW - 1_000, stranger);
    const [free = 0] = await logIn(9, 1);
    const { published, stop } = run();
    await until('the other owner is not handled', () => Promise.resolve(published.length > 0));
    expect(published.map(eventOf).map(({ petId }) => petId)).toEqual([free]);
    await saveTenant({ TENANT_ID: stranger, REGION: 'JMS' });
    await until('the waiting owners are never handled', isDone);
    await stop();
    expect(published.slice(1).map(({ record }) => record.headers['REGION'])).toEqual(Array(5).fill('JMS'));
  });

  it('waits for pets with templates that a service in an outage has, and handles the others', async () => {
    let isAway = true;
    let requestCount = 0;
    const references: References = {
      ...embedded,
      petTemplate: {
        answerAtHand: (_asker, templateId) =>
          templateId === 7 ? undefined : { answer: { hunger: 1, skills: new Map() } },
        ask: () => {
          requestCount += 1;
          if (isAway) return Promise.reject(new OutageError('things', 'data cannot be asked'));
          return Promise.resolve({ hunger: 2, skills: new Map() });
        },
      },
    };
    const waiting = [...(await logIn(1, 2, NOW - 9)), ...(await logIn(2, 1, NOW - 8))];
    await database.pet.updateMany({ where: { id: { in: waiting.map(BigInt) } }, data: { templateId: 7n } });
    const [free = 0] = await logIn(3, 1);
    const { published, health, stop } = run(references);
    await until('the other owner is not handled', () => Promise.resolve(published.length > 0));
    await until('no reason is reported', () => Promise.resolve(health.get('hunger') !== undefined));
    expect(health.get('hunger')).toMatch(/\(REFERENCE_UNREACHABLE\)$/);
    expect(published.map(eventOf).map(({ petId }) => petId)).toEqual([free]);
    isAway = false;
    const before = requestCount;
    await until('the waiting owners are never handled', isDone);
    await until('the reason is still reported', () => Promise.resolve(health.get('hunger') === undefined));
    await stop();
    // One request per sweep for all pets with that template.
    expect(requestCount).toBe(before + 1);
    expect(published.slice(1).map((record) => eventOf(record).body)).toEqual(
      [0, 1, 0].map((slot) => ({ slot, fullness: 98, amount: -2 })),
    );
  });

  it('handles an owner although more owners than a chunk wait for a template', async () => {
    const references: References = {
      ...embedded,
      petTemplate: {
        answerAtHand: () => undefined,
        ask: (_asker, templateId) =>
          templateId === 7
            ? Promise.reject(new OutageError('things', 'data cannot be asked'))
            : Promise.resolve({ hunger: HUNGER, skills: new Map() }),
      },
    };
    // More than a chunk of owners, all due before the other one.
    const [tenantId, instance] = [TENANT.TENANT_ID, randomUUID()];
    const owners = Array.from({ length: 1_100 }, (_, index) => BigInt(10_000 + index));
    await database.owner.createMany({ data: owners.map((ownerId) => ({ tenantId, ownerId })), skipDuplicates: true });
    await database.pet.createMany({
      data: owners.map((ownerId) => ({ tenantId, ownerId, templateId: 7n, name: 'Pet', slot: 0 })),
    });
    await database.characterSession.createMany({
      data: owners.map((characterId) => {
        const location = { worldId: 0, channelId: 1, mapId: 1n, instance };
        return { tenantId, characterId, ...location, hungerDueAt: new Date(NOW - 10_000) };
      }),
    });
    const [free = 0] = await logIn(1, 1);
    const { published, stop } = run(references);
    await until('the other owner is not handled', () => Promise.resolve(published.length > 0));
    await stop();
    expect(published.map(eventOf).map(({ petId }) => petId)).toEqual([free]);
  });

  it.each([
    ['owner', 'SELECT 1 FROM owner WHERE owner_id = 1 FOR UPDATE'],
    ['pet', 'SELECT 1 FROM pet WHERE owner_id = 1 FOR UPDATE'],
  ])(
    'handles all others while the %s row of a late owner is locked for long, and logs that once',
    async (_row, hold) => {
      await logIn(1, 1, NOW - 60_000);
      // Late owners as well, due before and after it.
      for (let ownerId = 2; ownerId <= 9; ownerId += 1) await logIn(ownerId, 1, NOW - 55_000 - ownerId * 1_000);
      const lines: string[] = [];
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('BEGIN');
      await client.query(hold);
      const { published, stop } = run(embedded, NOW, lines);
      for (let ownerId = 10; ownerId <= 29; ownerId += 1) {
        await logIn(ownerId, 1, NOW - 60_000);
        await until('the other owners wait too', () => Promise.resolve(published.length === ownerId - 1));
      }
      await client.query('COMMIT');
      await client.end();
      await until('the locked owner is never handled', isDone);
      await stop();
      expect(published.map(eventOf).at(-1)).toMatchObject({ ownerId: 1 });
      expect(published).toHaveLength(29);
      expect(lines.filter((line) => line.includes('"ownerId":1')).length).toBeLessThanOrEqual(1);
    },
  );

  it("skips a pet whose template request is given up, and the owner's other pets get hungry", async () => {
    let verdict: FailureVerdict = 'ask again';
    let requestCount = 0;
    const references: References = {
      ...embedded,
      petTemplate: {
        answerAtHand: (_asker, templateId) =>
          templateId === 7 ? undefined : { answer: { hunger: HUNGER, skills: new Map() } },
        ask: () => {
          requestCount += 1;
          return Promise.reject(new FailedQuestionError('things', 'status 500', verdict));
        },
      },
    };
    const [failing = 0, other = 0] = await logIn(1, 2);
    await database.pet.update({ where: { id: failing }, data: { templateId: 7n } });
    const [free = 0] = await logIn(2, 1);
    const { published, health, stop } = run(references);
    await until('the template is not requested again', () => Promise.resolve(requestCount > 1));
    expect(published.map(eventOf).map(({ petId }) => petId)).toEqual([free]);
    verdict = 'give up';
    await until('hunger is still due', isDone);
    await stop();
    expect(published.map(eventOf).map(({ petId }) => petId)).toEqual([free, other]);
    const { fullness } = await database.pet.findUniqueOrThrow({ where: { id: failing } });
    expect(fullness).toBe(100);
    // A single failed question is no fault of the sweep.
    expect(health.get('hunger')).toBeUndefined();
  });

  it('handles all other owners if the database refuses the rows of one', async () => {
    const [bad = 0] = await logIn(1, 1, NOW - 9);
    for (let ownerId = 2; ownerId <= 9; ownerId += 1) await logIn(ownerId, 1);
    await database.$executeRawUnsafe(
      `ALTER TABLE pet ADD CONSTRAINT never CHECK (id <> ${String(bad)} OR fullness = 100)`,
    );
    const { published, health, stop } = run();
    await until('the other owners are not handled', () => Promise.resolve(published.length === 8));
    await until('no reason is reported', () => Promise.resolve(health.has('hunger')));
    await database.$executeRawUnsafe('ALTER TABLE pet DROP CONSTRAINT never');
    await until('hunger is still due', isDone);
    await stop();
    expect(published.map(eventOf).at(-1)?.petId).toBe(bad);
    expect(published.length).toBe(9);
  });
});

describe('the expiration sweep', () => {
  it('despawns expired pets in slot order, whether or not their owner is logged in, and no others', async () => {
    const ids = await createPets(database, 1, 4);
    const [first = 0, second = 0, third = 0] = ids;
    const expiration = new Date(NOW);
    for (const [slot, id] of [first, second, third].entries())
      await database.pet.update({ where: { id }, data: { slot } });
    await database.pet.updateMany({ where: { id: { not: third } }, data: { expiration } });
    const [later = 0] = await createPets(database, 2, 1);
    await database.pet.update({ where: { id: later }, data: { slot: 0, expiration: new Date(NOW + 1) } });
    const { published, stop } = run();
    await until('expired pets are not despawned', () => Promise.resolve(published.length >= 7));
    await stop();
    expect(published.map(eventOf).map(({ petId, type, body }) => [petId, type, body])).toMatchObject([
      [second, 'SLOT_CHANGED', { oldSlot: 1, newSlot: 0 }],
      [third, 'SLOT_CHANGED', { oldSlot: 2, newSlot: 1 }],
      [first, 'SLOT_CHANGED', { oldSlot: 0, newSlot: -1 }],
      [first, 'DESPAWNED', { reason: 'EXPIRED', oldSlot: 0, slot: -1 }],
      [third, 'SLOT_CHANGED', { oldSlot: 1, newSlot: 0 }],
      [second, 'SLOT_CHANGED', { oldSlot: 0, newSlot: -1 }],
      [second, 'DESPAWNED', { reason: 'EXPIRED', oldSlot: 0, slot: -1 }],
    ]);
    const spawnedPets = await database.pet.findMany({ where: { slot: { not: null } }, orderBy: { id: 'asc' } });
    expect(spawnedPets.map(({ id, slot }) => [Number(id), slot])).toEqual([
      [third, 0],
      [later, 0],
    ]);
  });
});
