/** Compares the statement that saves position reports with the rule in src/domain/. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSameLocation } from '../../src/domain/session.ts';
import { positionAfter } from '../../src/domain/movement.ts';
import type { PositionReport, StoredPosition } from '../../src/domain/movement.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { listPets } from '../../src/store/tables/pet.ts';
import { savePositions } from '../../src/store/tables/position-reports.ts';
import { createPets } from '../support/commands.ts';
import { createDatabase } from '../support/database.ts';

const OWNER = 7;
const PETS = 2;
const NIL = '00000000-0000-0000-0000-000000000000';
const LOCATIONS = [
  { worldId: 0, channelId: 1, mapId: 100, instance: NIL },
  { worldId: 1, channelId: 1, mapId: 100, instance: NIL },
  { worldId: 0, channelId: 1, mapId: 100, instance: 'b5d0a4b6-6f0b-4a39-9d4f-0c1f5f0a7a11' },
];

let database: Database;
beforeAll(async () => {
  database = openDatabase(await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`));
});
afterAll(() => database.$disconnect());

const anyReport = fc.record({
  pet: fc.nat(PETS - 1),
  location: fc.constantFrom(...LOCATIONS),
  x: fc.nat(1_000),
  // Some reports name another owner.
  isForeign: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
  fh: fc.option(
    fc.integer({ min: -3, max: 3 }).filter((fh) => fh !== 0),
    { nil: undefined },
  ),
});
const scenario = fc.record({
  session: fc.option(fc.constantFrom(...LOCATIONS), { nil: undefined }),
  // One statement saves each list.
  batches: fc.array(fc.array(anyReport, { maxLength: 8 }), { maxLength: 3 }),
});

it('saves the positions that the rule produces from one report after the other', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ session, batches }) => {
      const tenantId = randomUUID();
      const ids = await createPets(database, OWNER, PETS, tenantId);
      if (session !== undefined) {
        const row = { ...session, mapId: BigInt(session.mapId), characterId: BigInt(OWNER), hungerDueAt: new Date() };
        await database.characterSession.create({ data: { tenantId, ...row } });
      }
      const positions = new Map<number, StoredPosition>();
      for (const batch of batches) {
        const reports = batch.map(({ pet, location, x, isForeign, fh }): PositionReport => {
          const petId = ids[pet] ?? 0;
          return { tenantId, petId, ownerId: isForeign ? OWNER + 1 : OWNER, ...location, x, y: 2, stance: 3, fh };
        });
        const saved = await savePositions(database, reports);
        const ours = reports.filter(({ ownerId }) => ownerId === OWNER);
        const valid = ours.filter((report) => session === undefined || isSameLocation(session, report));
        for (const report of valid) positions.set(report.petId, positionAfter(positions.get(report.petId), report));
        expect(saved).toEqual({
          written: new Set(valid.map(({ petId }) => petId)).size,
          unknown: 0,
          foreign: reports.length - ours.length,
          stale: ours.length - valid.length,
        });
      }
      const { pets } = await listPets(database, tenantId, OWNER, { size: PETS, offset: 0 });
      const expected = ids.map((id) => positions.get(id) ?? { x: 0, y: 0, stance: 0, fh: 1 });
      expect(expected).toMatchObject(pets.map(({ position }) => position));
    }),
    { numRuns: 200 },
  );
});
