/** What happens by itself when its time has come: on a real database, with a clock of the test's own. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.ts';
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
const INTERVAL = 180_000;
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
  await named({});
});

/** A record has just named the tests' tenant, or another. */
function named(context: Partial<TenantContext>): Promise<void> {
  const sighting = { context: { ...TENANT, forwarded: {}, ...context }, seenAt: Date.now() };
  return new Tenants(FORWARDED).saveSeen(database, [sighting]);
}

/** A logged-in character with this many pets out. */
async function player(ownerId: number, out: number, dueAt = NOW, tenantId = TENANT.TENANT_ID): Promise<number[]> {
  const ids = out > 0 ? await createPets(database, ownerId, out, tenantId) : [];
  for (const [slot, id] of ids.entries()) await database.pet.update({ where: { id }, data: { slot } });
  const place = { worldId: 0, channelId: 1, mapId: 100n, instance: randomUUID() };
  await database.characterSession.create({
    data: { tenantId, characterId: BigInt(ownerId), ...place, hungerDueAt: new Date(dueAt) },
  });
  return ids;
}

const running: Schedule[] = [];
afterEach(() => Promise.all(running.splice(0).map((schedule) => schedule.stop())));

interface Run {
  readonly told: PendingRecord[];
  readonly health: Map<string, string | undefined>;
  stop(): Promise<void>;
}

/** @param lines takes what is logged. */
function run(references: References = embedded, now = NOW, lines?: string[]): Run {
  const told: PendingRecord[] = [];
  const health = new Map<string, string | undefined>();
  const schedule = new Schedule({
    database,
    tenants: new Tenants(FORWARDED),
    references,
    sweeps: [
      { sweep: hungerSweep(INTERVAL), intervalMs: 20 },
      { sweep: expirationSweep, intervalMs: 20 },
    ],
    publisher: { publish: (records) => told.push(...records), isFull: () => false },
    clock: () => now,
    health: (part, reason) => health.set(part, reason),
    log: lines === undefined ? createLog('silent') : pino({}, { write: (line: string) => lines.push(line) }),
  });
  schedule.start();
  running.push(schedule);
  return { told, health, stop: () => schedule.stop() };
}

const isDone = async () =>
  (await database.characterSession.count({ where: { hungerDueAt: { lte: new Date(NOW) } } })) === 0;
const eventOf = ({ record }: PendingRecord) => JSON.parse(record.value?.toString() ?? '') as PetStatusEvent;

/** Runs until nothing is due. */
async function sweep(references = embedded): Promise<PendingRecord[]> {
  const { told, stop } = run(references);
  await until('hunger is still due', isDone);
  await stop();
  return told;
}

describe('hunger', () => {
  it('is told in the name of the tenant as last seen, with a trace that begins there, and comes again later', async () => {
    const strange = {
      REGION: 'a,b%\u0000',
      MAJOR_VERSION: 65_535,
      forwarded: { ENVIRONMENT: Buffer.from([0, 0xff, 0x2c]) },
    };
    await named(strange);
    const [petId = 0] = await player(1, 1, NOW - 5_000);
    const told = await sweep();
    const body = { slot: 0, fullness: 94, amount: -6 };
    expect(told.map(eventOf)).toEqual([{ petId, ownerId: 1, type: 'FULLNESS_CHANGED', body }]);
    expect(told[0]).toMatchObject({ channel: petStatus.name, stream: `${TENANT.TENANT_ID}/1` });
    expect(told[0]?.record.headers).toMatchObject({
      TENANT_ID: TENANT.TENANT_ID,
      REGION: strange.REGION,
      MAJOR_VERSION: Buffer.from([255, 255]),
      ENVIRONMENT: strange.forwarded.ENVIRONMENT,
      MINOR_VERSION: Buffer.from([0, 1]),
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
    });
    expect(await database.outbox.count()).toBe(1);
    expect(await database.pet.findUniqueOrThrow({ where: { id: petId } })).toMatchObject({ fullness: 94 });
    // What was missed is not caught up.
    const { hungerDueAt } = await database.characterSession.findFirstOrThrow();
    expect(hungerDueAt.getTime()).toBe(NOW + INTERVAL);
    expect(await sweep()).toEqual([]);
  });

  it('is none before its time, and none of who is not there', async () => {
    await player(1, 1, NOW + 1);
    await createPets(database, 2, 1);
    await player(3, 0);
    expect(await sweep()).toEqual([]);
    const session = { tenantId_characterId: { tenantId: TENANT.TENANT_ID, characterId: 3n } };
    const { hungerDueAt } = await database.characterSession.findUniqueOrThrow({ where: session });
    expect(hungerDueAt.getTime()).toBe(NOW + INTERVAL);
  });

  it('is shared by several, each done once', async () => {
    for (let ownerId = 1; ownerId <= 300; ownerId += 1) await player(ownerId, 1 + (ownerId % 3));
    // More than one chunk.
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
    const told = runs.flatMap((one) => one.told.map(eventOf));
    expect(told.length).toBe(600);
    expect(new Set(told.map(({ petId }) => petId)).size).toBe(600);
    expect(await database.pet.count({ where: { fullness: 100 - HUNGER } })).toBe(600);
  });

  it('of an owner that somebody holds waits, and nobody else does', async () => {
    const [held = 0] = await player(1, 1, NOW - 9);
    const [free = 0] = await player(2, 1);
    const fullness = async (id: number) => (await database.pet.findUniqueOrThrow({ where: { id } })).fullness;
    const { told, stop } = await database.$transaction(async (transaction) => {
      await transaction.$queryRaw`SELECT 1 FROM owner WHERE owner_id = 1 FOR UPDATE`;
      const running = run();
      await until('the free one waits too', async () => (await fullness(free)) === 94);
      expect(await fullness(held)).toBe(100);
      return running;
    });
    await until('the held one is never done', isDone);
    await stop();
    expect(told.map(eventOf).map(({ petId }) => petId)).toEqual([free, held]);
  });

  it('of an owner that is held whenever somebody looks is waited for once it is late', async () => {
    const [petId = 0] = await player(1, 1, NOW - 20_001);
    const isDoneNow = { isIt: false };
    // Whoever holds it lets go only for whom waits.
    const busy = (async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      while (!isDoneNow.isIt) {
        await client.query('BEGIN');
        await client.query('SELECT 1 FROM owner WHERE owner_id = 1 FOR UPDATE');
        await until('nobody waits', async () => {
          const { rows } = await client.query('SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1');
          return rows.length > 0 || (isDoneNow.isIt = await isDone());
        });
        await client.query('COMMIT');
      }
      await client.end();
    })();
    const { told, stop } = run();
    await until('it is never done', isDone);
    isDoneNow.isIt = true;
    await busy;
    await stop();
    expect(told.map(eventOf).map((event) => event.petId)).toEqual([petId]);
  });

  it('waits for headers where a tenant was never seen, and holds nobody up', async () => {
    const stranger = randomUUID();
    for (let ownerId = 1; ownerId <= 5; ownerId += 1) await player(ownerId, 1, NOW - 1_000, stranger);
    const [free = 0] = await player(9, 1);
    const { told, stop } = run();
    await until('the other is not done', () => Promise.resolve(told.length > 0));
    expect(told.map(eventOf).map(({ petId }) => petId)).toEqual([free]);
    await named({ TENANT_ID: stranger, REGION: 'JMS' });
    await until('the others are never done', isDone);
    await stop();
    expect(told.slice(1).map(({ record }) => record.headers['REGION'])).toEqual(Array(5).fill('JMS'));
  });

  it('of kinds that a service has to be asked about waits while it is away, that of the others does not', async () => {
    let isAway = true;
    let asked = 0;
    const references: References = {
      ...embedded,
      petTemplate: {
        answerAtHand: (_asker, templateId) =>
          templateId === 7 ? undefined : { answer: { hunger: 1, skills: new Map() } },
        ask: () => {
          asked += 1;
          if (isAway) return Promise.reject(new OutageError('things', 'data cannot be asked'));
          return Promise.resolve({ hunger: 2, skills: new Map() });
        },
      },
    };
    const waiting = [...(await player(1, 2, NOW - 9)), ...(await player(2, 1, NOW - 8))];
    await database.pet.updateMany({ where: { id: { in: waiting.map(BigInt) } }, data: { templateId: 7n } });
    const [free = 0] = await player(3, 1);
    const { told, health, stop } = run(references);
    await until('the other is not done', () => Promise.resolve(told.length > 0));
    await until('nothing is said', () => Promise.resolve(health.get('hunger') !== undefined));
    expect(health.get('hunger')).toMatch(/\(REFERENCE_UNREACHABLE\)$/);
    expect(told.map(eventOf).map(({ petId }) => petId)).toEqual([free]);
    isAway = false;
    const before = asked;
    await until('the others are never done', isDone);
    await until('it is still said', () => Promise.resolve(health.get('hunger') === undefined));
    await stop();
    // Asked once a pass for all pets of that kind.
    expect(asked).toBe(before + 1);
    expect(told.slice(1).map((record) => eventOf(record).body)).toEqual(
      [0, 1, 0].map((slot) => ({ slot, fullness: 98, amount: -2 })),
    );
  });

  it('of a kind that nobody can say anything of holds up no other, however many have one', async () => {
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
    // More than a chunk, and all of them due before the other.
    const [tenantId, instance] = [TENANT.TENANT_ID, randomUUID()];
    const owners = Array.from({ length: 1_100 }, (_, index) => BigInt(10_000 + index));
    await database.owner.createMany({ data: owners.map((ownerId) => ({ tenantId, ownerId })), skipDuplicates: true });
    await database.pet.createMany({
      data: owners.map((ownerId) => ({ tenantId, ownerId, templateId: 7n, name: 'Pet', slot: 0 })),
    });
    await database.characterSession.createMany({
      data: owners.map((characterId) => {
        const place = { worldId: 0, channelId: 1, mapId: 1n, instance };
        return { tenantId, characterId, ...place, hungerDueAt: new Date(NOW - 10_000) };
      }),
    });
    const [free = 0] = await player(1, 1);
    const { told, stop } = run(references);
    await until('the other is not done', () => Promise.resolve(told.length > 0));
    await stop();
    expect(told.map(eventOf).map(({ petId }) => petId)).toEqual([free]);
  });

  it.each([
    ['owner', 'SELECT 1 FROM owner WHERE owner_id = 1 FOR UPDATE'],
    ['pet', 'SELECT 1 FROM pet WHERE owner_id = 1 FOR UPDATE'],
  ])('of a late owner whose %s row is held for long waits alone, and is logged once', async (_row, hold) => {
    await player(1, 1, NOW - 60_000);
    // Late as well, before it and after it.
    for (let ownerId = 2; ownerId <= 9; ownerId += 1) await player(ownerId, 1, NOW - 55_000 - ownerId * 1_000);
    const lines: string[] = [];
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('BEGIN');
    await client.query(hold);
    const { told, stop } = run(embedded, NOW, lines);
    for (let ownerId = 10; ownerId <= 29; ownerId += 1) {
      await player(ownerId, 1, NOW - 60_000);
      await until('the others wait too', () => Promise.resolve(told.length === ownerId - 1));
    }
    await client.query('COMMIT');
    await client.end();
    await until('the held one is never done', isDone);
    await stop();
    expect(told.map(eventOf).at(-1)).toMatchObject({ ownerId: 1 });
    expect(told).toHaveLength(29);
    expect(lines.filter((line) => line.includes('"ownerId":1')).length).toBeLessThanOrEqual(1);
  });

  it("of a kind whose question is given up takes nothing this time, and the owner's other pets get hungry", async () => {
    let verdict: FailureVerdict = 'ask again';
    let asked = 0;
    const references: References = {
      ...embedded,
      petTemplate: {
        answerAtHand: (_asker, templateId) =>
          templateId === 7 ? undefined : { answer: { hunger: HUNGER, skills: new Map() } },
        ask: () => {
          asked += 1;
          return Promise.reject(new FailedQuestionError('things', 'status 500', verdict));
        },
      },
    };
    const [failing = 0, other = 0] = await player(1, 2);
    await database.pet.update({ where: { id: failing }, data: { templateId: 7n } });
    const [free = 0] = await player(2, 1);
    const { told, health, stop } = run(references);
    await until('it is not asked again', () => Promise.resolve(asked > 1));
    expect(told.map(eventOf).map(({ petId }) => petId)).toEqual([free]);
    verdict = 'give up';
    await until('it is due for ever', isDone);
    await stop();
    expect(told.map(eventOf).map(({ petId }) => petId)).toEqual([free, other]);
    const { fullness } = await database.pet.findUniqueOrThrow({ where: { id: failing } });
    expect(fullness).toBe(100);
    // A single question is no trouble of the sweep.
    expect(health.get('hunger')).toBeUndefined();
  });

  it('that the database refuses for one owner is done for the others', async () => {
    const [bad = 0] = await player(1, 1, NOW - 9);
    for (let ownerId = 2; ownerId <= 9; ownerId += 1) await player(ownerId, 1);
    await database.$executeRawUnsafe(
      `ALTER TABLE pet ADD CONSTRAINT never CHECK (id <> ${String(bad)} OR fullness = 100)`,
    );
    const { told, health, stop } = run();
    await until('the others are not done', () => Promise.resolve(told.length === 8));
    await until('nothing is said', () => Promise.resolve(health.has('hunger')));
    await database.$executeRawUnsafe('ALTER TABLE pet DROP CONSTRAINT never');
    await until('it is never done', isDone);
    await stop();
    expect(told.map(eventOf).at(-1)?.petId).toBe(bad);
    expect(told.length).toBe(9);
  });
});

describe('expiration', () => {
  it('takes spawned pets in, in slot order, logged in or not, and leaves the others', async () => {
    const ids = await createPets(database, 1, 4);
    const [first = 0, second = 0, third = 0] = ids;
    const expiration = new Date(NOW);
    for (const [slot, id] of [first, second, third].entries())
      await database.pet.update({ where: { id }, data: { slot } });
    await database.pet.updateMany({ where: { id: { not: third } }, data: { expiration } });
    const [later = 0] = await createPets(database, 2, 1);
    await database.pet.update({ where: { id: later }, data: { slot: 0, expiration: new Date(NOW + 1) } });
    const { told, stop } = run();
    await until('they are not taken in', () => Promise.resolve(told.length >= 7));
    await stop();
    expect(told.map(eventOf).map(({ petId, type, body }) => [petId, type, body])).toMatchObject([
      [second, 'SLOT_CHANGED', { oldSlot: 1, newSlot: 0 }],
      [third, 'SLOT_CHANGED', { oldSlot: 2, newSlot: 1 }],
      [first, 'SLOT_CHANGED', { oldSlot: 0, newSlot: -1 }],
      [first, 'DESPAWNED', { reason: 'EXPIRED', oldSlot: 0, slot: -1 }],
      [third, 'SLOT_CHANGED', { oldSlot: 1, newSlot: 0 }],
      [second, 'SLOT_CHANGED', { oldSlot: 0, newSlot: -1 }],
      [second, 'DESPAWNED', { reason: 'EXPIRED', oldSlot: 0, slot: -1 }],
    ]);
    const out = await database.pet.findMany({ where: { slot: { not: null } }, orderBy: { id: 'asc' } });
    expect(out.map(({ id, slot }) => [Number(id), slot])).toEqual([
      [third, 0],
      [later, 0],
    ]);
  });
});
