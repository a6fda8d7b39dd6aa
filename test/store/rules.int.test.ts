/** Compares the rules that SQL decides with the functions of src/domain/ that state them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hungerDueAfter } from '../../src/domain/hunger.ts';
import { judgeReport, validPosition } from '../../src/domain/movement.ts';
import type { PositionReport, ReportVerdict } from '../../src/domain/movement.ts';
import type { Session } from '../../src/domain/session.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { listPets } from '../../src/store/tables/pet.ts';
import { loadPositions } from '../../src/store/tables/pet-position.ts';
import { savePositions } from '../../src/store/tables/position-reports.ts';
import { WAIT } from '../../src/unit-of-work/locks.ts';
import { inUnitOfWork } from '../../src/unit-of-work/unit-of-work.ts';
import { createPets } from '../support/commands.ts';
import { createDatabase } from '../support/database.ts';

const OWNER = 7;
const STRANGER = 8;
const NO_PET = 4_000_000_000;
const UNKNOWN = { x: 0, y: 0, stance: 0, fh: 1 };
const NIL = '00000000-0000-0000-0000-000000000000';
const LOCATIONS: readonly Session[] = [
  { worldId: 0, channelId: 1, mapId: 100, instance: NIL },
  { worldId: 1, channelId: 1, mapId: 100, instance: NIL },
  { worldId: 0, channelId: 2, mapId: 100, instance: NIL },
  { worldId: 0, channelId: 1, mapId: 200, instance: NIL },
  { worldId: 0, channelId: 1, mapId: 100, instance: 'b5d0a4b6-6f0b-4a39-9d4f-0c1f5f0a7a11' },
];
const anyLocation = fc.constantFrom(...LOCATIONS);
const anySession = fc.option(anyLocation, { nil: undefined });

let database: Database;
beforeAll(async () => {
  database = openDatabase(await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`));
});
afterAll(() => database.$disconnect());

async function startSession(tenantId: string, characterId: number, session: Session | undefined): Promise<void> {
  if (session === undefined) return;
  const row = { ...session, mapId: BigInt(session.mapId), characterId: BigInt(characterId), hungerDueAt: new Date() };
  await database.characterSession.create({ data: { tenantId, ...row } });
}

it('saving counts reports as judgeReport() judges them', async () => {
  const anyReport = fc.record({
    pet: fc.constantFrom('own', 'none'),
    ownerId: fc.constantFrom(OWNER, OWNER, STRANGER),
    location: anyLocation,
  });
  const scenario = fc.record({
    sessions: fc.tuple(anySession, anySession),
    reports: fc.array(anyReport, { minLength: 1, maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ sessions: [own, stranger], reports }) => {
      const tenantId = randomUUID();
      const [petId = NO_PET] = await createPets(database, OWNER, 1, tenantId);
      await startSession(tenantId, OWNER, own);
      await startSession(tenantId, STRANGER, stranger);
      const counts: Record<ReportVerdict, number> = { valid: 0, unknown: 0, foreign: 0, stale: 0 };
      const rows = reports.map(({ pet, ownerId, location }): PositionReport => {
        const report = { tenantId, petId: pet === 'own' ? petId : NO_PET, ownerId, ...location, ...UNKNOWN };
        const known = pet === 'own' ? { ownerId: OWNER } : undefined;
        counts[judgeReport(report, known, ownerId === OWNER ? own : stranger)] += 1;
        return report;
      });
      const { valid, ...refused } = counts;
      // Of one pet's valid reports only the last is written.
      expect(await savePositions(database, rows)).toEqual({ written: Math.min(valid, 1), ...refused });
    }),
    { numRuns: 100 },
  );
});

it('readers get a stored position if validPosition() returns it', async () => {
  await fc.assert(
    fc.asyncProperty(anyLocation, anySession, fc.boolean(), async (location, session, isStored) => {
      const tenantId = randomUUID();
      const [petId = NO_PET] = await createPets(database, OWNER, 1, tenantId);
      const stored = { ...location, x: 3, y: 4, stance: 5, fh: 6 };
      if (isStored) await savePositions(database, [{ tenantId, petId, ownerId: OWNER, ...stored }]);
      await startSession(tenantId, OWNER, session);

      const valid = validPosition(isStored ? stored : undefined, session);
      const position = valid && { x: 3, y: 4, stance: 5, fh: 6 };
      const { pets } = await listPets(database, tenantId, OWNER, { size: 1, offset: 0 });
      expect(pets.map((pet) => pet.position)).toEqual([position ?? UNKNOWN]);
      expect((await loadPositions(database, [{ tenantId, petId }])).get(petId)).toEqual({ position, session });
    }),
    { numRuns: 60 },
  );
});

it('hunger is due at the time that hungerDueAfter() returns', async () => {
  const INTERVAL_MS = 180_000;
  const anyUnit = fc.array(fc.option(anyLocation, { nil: null }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.array(anyUnit, { maxLength: 4 }), async (units) => {
      const tenantId = randomUUID();
      let dueAt: number | null = null;
      for (const [minute, sessions] of units.entries()) {
        const now = minute * 60_000;
        await inUnitOfWork(database, WAIT, async (unit) => {
          await unit.lockClocks([{ tenantId, characterId: OWNER }], now + INTERVAL_MS);
          for (const session of sessions) {
            unit.sessions.set(tenantId, { characterId: OWNER, session, eventAt: minute, forgetsPositions: true });
            dueAt = hungerDueAfter(dueAt, { session }, now, INTERVAL_MS);
          }
          await unit.flush();
        });
        const row = await database.characterSession.findFirst({ where: { tenantId } });
        expect(row?.hungerDueAt.getTime() ?? null).toBe(dueAt);
      }
    }),
    { numRuns: 60 },
  );
});
