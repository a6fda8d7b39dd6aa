/** Sessions and their clocks: when hunger is first due, which event was the last, and how long that is kept. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { CLOCK_RETENTION_MS } from '../../src/store/tables/session-clock.ts';
import { WAIT } from '../../src/unit-of-work/locks.ts';
import { Sessions } from '../../src/unit-of-work/sessions.ts';
import { inUnitOfWork } from '../../src/unit-of-work/unit-of-work.ts';
import { TENANT } from '../support/commands.ts';
import { createDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const TENANT_ID = TENANT.TENANT_ID;
const DAY = 86_400_000;

let database: Database;
beforeAll(async () => {
  database = openDatabase(await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`));
});
afterAll(() => database.$disconnect());

let lastCharacter = 0;
const newCharacter = () => (lastCharacter += 1);
const place = (mapId: number) => ({ worldId: 0, channelId: 1, mapId, instance: randomUUID() });
const clockOf = (characterId: number) => database.sessionClock.findFirst({ where: { characterId } });

interface Change {
  /** Null: the character left. */
  readonly map: number | null;
  readonly eventAt: number | undefined;
}

/** Applies changes of a character's session as one unit of work. */
function apply(characterId: number, changes: readonly Change[], firstHunger = 0): Promise<void> {
  return inUnitOfWork(database, WAIT, async (unit) => {
    await unit.lockClocks([{ tenantId: TENANT_ID, characterId }], firstHunger);
    for (const { map, eventAt } of changes) {
      unit.sessions.set(TENANT_ID, {
        characterId,
        session: map === null ? null : place(map),
        eventAt,
        forgetsPositions: true,
      });
    }
    await unit.flush();
  });
}

/** What messages say of a character, per unit of work; each begins a minute after the one before. */
async function storedAfter(...units: readonly (readonly (number | null)[])[]) {
  const characterId = newCharacter();
  for (const [minute, maps] of units.entries()) {
    const changes = maps.map((map) => ({ map, eventAt: minute }));
    await apply(characterId, changes, minute * 60_000);
  }
  const row = await database.characterSession.findFirst({ where: { characterId } });
  return row && [Number(row.mapId), row.hungerDueAt.getTime() / 60_000];
}

it.each<[string, (number | null)[][], unknown]>([
  ['begins with the first word', [[1]], [1, 0]],
  ['goes on where the character goes elsewhere, or logs in once more', [[1], [2], [3, 1]], [1, 0]],
  ['begins anew after its end', [[1], [null], [2]], [2, 2]],
  ['begins anew after its end in the same unit of work', [[1], [null, 2]], [2, 1]],
  ['begins anew although it goes on after that', [[1], [2, null, 3, 4]], [4, 1]],
  ['is over', [[1], [2, null]], null],
])('a session %s', async (_name, units, row) => {
  expect(await storedAfter(...units)).toEqual(row);
});

describe('the time of the last session event', () => {
  /** What a unit of work reads that begins now. */
  const lastEventAt = (characterId: number) =>
    inUnitOfWork(database, WAIT, async (unit) => {
      const character = { tenantId: TENANT_ID, characterId };
      await unit.lockClocks([character, character], 0);
      await unit.flush();
      return unit.sessions.lastEventAt(TENANT_ID, characterId);
    });

  it('is that of the last one applied, in this unit of work and in the next', async () => {
    const characterId = newCharacter();
    expect(await lastEventAt(characterId)).toBeUndefined();
    await inUnitOfWork(database, WAIT, async (unit) => {
      await unit.lockClocks([{ tenantId: TENANT_ID, characterId }], 0);
      unit.sessions.set(TENANT_ID, { characterId, session: place(1), eventAt: 5, forgetsPositions: true });
      expect(unit.sessions.lastEventAt(TENANT_ID, characterId)).toBe(5);
      await unit.flush();
    });
    expect(await lastEventAt(characterId)).toBe(5);
  });

  it('is kept beyond LOGOUT and DELETED', async () => {
    const characterId = newCharacter();
    await apply(characterId, [{ map: 1, eventAt: 5 }]);
    await apply(characterId, [{ map: null, eventAt: 7 }]);
    expect(await lastEventAt(characterId)).toBe(7);
    await apply(characterId, [{ map: null, eventAt: undefined }]);
    expect(await lastEventAt(characterId)).toBe(7);
  });

  it.each([-1, 0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])('may be %p', async (eventAt) => {
    const characterId = newCharacter();
    await apply(characterId, [{ map: 1, eventAt }]);
    expect(await lastEventAt(characterId)).toBe(eventAt);
  });

  it('is not known of a character whose clock is not locked', () => {
    const sessions = new Sessions();
    sessions.addClocks(new Map(), 0);
    expect(() => sessions.lastEventAt(TENANT_ID, 1)).toThrow('is not locked');
    expect(() => {
      sessions.set(TENANT_ID, { characterId: 1, session: null, eventAt: undefined, forgetsPositions: true });
    }).toThrow('is not locked');
  });

  it('is read by the second of two units of work once the first has committed, also where there was none', async () => {
    const characterId = newCharacter();
    const character = { tenantId: TENANT_ID, characterId };
    let second: Promise<number | undefined> | undefined;
    await inUnitOfWork(database, WAIT, async (unit) => {
      await unit.lockClocks([character], 0);
      second = lastEventAt(characterId);
      await until('the second one waits for the first', async () => {
        const [row] = await database.$queryRaw<{ waiting: bigint }[]>`
          SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        return row?.waiting === 1n;
      });
      unit.sessions.set(TENANT_ID, { characterId, session: null, eventAt: 9, forgetsPositions: true });
      await unit.flush();
    });
    expect(await second).toBe(9);
  });
});

describe('a clock', () => {
  it('is kept while there is a session, and for as long as the topic keeps an event after that', async () => {
    expect(CLOCK_RETENTION_MS).toBe(7 * DAY);
    const characterId = newCharacter();
    await apply(characterId, [{ map: 1, eventAt: 5 }]);
    expect(await clockOf(characterId)).toMatchObject({ lastEventAt: 5n, forgetAt: null });
    const before = Date.now();
    await apply(characterId, [{ map: null, eventAt: 6 }]);
    const { forgetAt } = (await clockOf(characterId)) ?? {};
    expect(forgetAt?.getTime()).toBeGreaterThanOrEqual(before + CLOCK_RETENTION_MS - DAY / 24);
    expect(forgetAt?.getTime()).toBeLessThanOrEqual(Date.now() + CLOCK_RETENTION_MS + DAY / 24);
    await apply(characterId, [{ map: 1, eventAt: 7 }]);
    expect(await clockOf(characterId)).toMatchObject({ lastEventAt: 7n, forgetAt: null });
  });

  it('of a character whose session ended longer ago is deleted in passing, two for each that is locked', async () => {
    const [past, future] = [new Date(0), new Date('2100-01-01')];
    const old = Array.from({ length: 5 }, () => ({ tenantId: TENANT_ID, characterId: newCharacter(), forgetAt: past }));
    const kept = { tenantId: TENANT_ID, characterId: newCharacter(), forgetAt: future };
    await database.sessionClock.createMany({ data: [...old, kept] });
    const left = () => database.sessionClock.count({ where: { forgetAt: past } });
    for (const expected of [3, 1, 0, 0]) {
      await apply(newCharacter(), [{ map: 1, eventAt: 5 }]);
      expect(await left()).toBe(expected);
    }
    expect(await clockOf(kept.characterId)).toMatchObject({ forgetAt: future });
  });

  it('that was deleted counts anew', async () => {
    const characterId = newCharacter();
    await database.sessionClock.create({
      data: { tenantId: TENANT_ID, characterId, lastEventAt: 9n, forgetAt: new Date(0) },
    });
    await apply(newCharacter(), [{ map: 1, eventAt: 5 }]);
    await apply(characterId, [{ map: 1, eventAt: 5 }]);
    expect(await clockOf(characterId)).toMatchObject({ lastEventAt: 5n, forgetAt: null });
  });
});
