/** Sessions and their clocks: the first due hunger, the time of the last event, and how long that is kept. */
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
const DAY_MS = 86_400_000;

let database: Database;
beforeAll(async () => {
  database = openDatabase(await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`));
});
afterAll(() => database.$disconnect());

let lastCharacter = 0;
const newCharacter = () => (lastCharacter += 1);
const locationOf = (mapId: number) => ({ worldId: 0, channelId: 1, mapId, instance: randomUUID() });
const clockOf = (characterId: number) => database.sessionClock.findFirst({ where: { characterId } });

interface Change {
  /** Null: the character logged out. */
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
        session: map === null ? null : locationOf(map),
        eventAt,
        forgetsPositions: true,
      });
    }
    await unit.flush();
  });
}

/** Applies changes of a character's map, one list per unit of work and minute. @returns map and due minute of the stored session. */
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
  ['begins with the first event', [[1]], [1, 0]],
  ['continues if the character changes its map or logs in again', [[1], [2], [3, 1]], [1, 0]],
  ['begins again after its end', [[1], [null], [2]], [2, 2]],
  ['begins again after its end in the same unit of work', [[1], [null, 2]], [2, 1]],
  ['begins again after its end, also if more changes follow', [[1], [2, null, 3, 4]], [4, 1]],
  ['ends with the last change', [[1], [2, null]], null],
])('a session %s', async (_name, units, row) => {
  expect(await storedAfter(...units)).toEqual(row);
});

describe('the time of the last session event', () => {
  /** Returns the time that a new unit of work reads. */
  const lastEventAt = (characterId: number) =>
    inUnitOfWork(database, WAIT, async (unit) => {
      const character = { tenantId: TENANT_ID, characterId };
      await unit.lockClocks([character, character], 0);
      await unit.flush();
      return unit.sessions.lastEventAt(TENANT_ID, characterId);
    });

  it('is that of the last applied event, in the same unit of work and in the next', async () => {
    const characterId = newCharacter();
    expect(await lastEventAt(characterId)).toBeUndefined();
    await inUnitOfWork(database, WAIT, async (unit) => {
      await unit.lockClocks([{ tenantId: TENANT_ID, characterId }], 0);
      unit.sessions.set(TENANT_ID, { characterId, session: locationOf(1), eventAt: 5, forgetsPositions: true });
      expect(unit.sessions.lastEventAt(TENANT_ID, characterId)).toBe(5);
      await unit.flush();
    });
    expect(await lastEventAt(characterId)).toBe(5);
  });

  it('is kept after LOGOUT and DELETED', async () => {
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

  it('cannot be read or set for a character whose clock is not locked', () => {
    const sessions = new Sessions();
    sessions.addClocks(new Map(), 0);
    expect(() => sessions.lastEventAt(TENANT_ID, 1)).toThrow('is not locked');
    expect(() => {
      sessions.set(TENANT_ID, { characterId: 1, session: null, eventAt: undefined, forgetsPositions: true });
    }).toThrow('is not locked');
  });

  it('is read by the second of two units of work after the first has committed, also if there was no clock', async () => {
    const characterId = newCharacter();
    const character = { tenantId: TENANT_ID, characterId };
    let second: Promise<number | undefined> | undefined;
    await inUnitOfWork(database, WAIT, async (unit) => {
      await unit.lockClocks([character], 0);
      second = lastEventAt(characterId);
      await until('the second unit of work does not wait for the first', async () => {
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
  it('is kept while there is a session, and for the retention of events after that', async () => {
    expect(CLOCK_RETENTION_MS).toBe(7 * DAY_MS);
    const characterId = newCharacter();
    await apply(characterId, [{ map: 1, eventAt: 5 }]);
    expect(await clockOf(characterId)).toMatchObject({ lastEventAt: 5n, forgetAt: null });
    const before = Date.now();
    await apply(characterId, [{ map: null, eventAt: 6 }]);
    const { forgetAt } = (await clockOf(characterId)) ?? {};
    expect(forgetAt?.getTime()).toBeGreaterThanOrEqual(before + CLOCK_RETENTION_MS - DAY_MS / 24);
    expect(forgetAt?.getTime()).toBeLessThanOrEqual(Date.now() + CLOCK_RETENTION_MS + DAY_MS / 24);
    await apply(characterId, [{ map: 1, eventAt: 7 }]);
    expect(await clockOf(characterId)).toMatchObject({ lastEventAt: 7n, forgetAt: null });
  });

  it('of a character whose session ended longer ago is deleted, two for each clock that is locked', async () => {
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

  it('that was deleted is created again', async () => {
    const characterId = newCharacter();
    await database.sessionClock.create({
      data: { tenantId: TENANT_ID, characterId, lastEventAt: 9n, forgetAt: new Date(0) },
    });
    await apply(newCharacter(), [{ map: 1, eventAt: 5 }]);
    await apply(characterId, [{ map: 1, eventAt: 5 }]);
    expect(await clockOf(characterId)).toMatchObject({ lastEventAt: 5n, forgetAt: null });
  });
});
