/** When the hunger of a session is looked at first: what begins one, what goes on with it, what ends it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { Sessions } from '../../src/store/sessions.ts';
import { TENANT } from '../support/commands.ts';
import { createDatabase } from '../support/database.ts';

let database: Database;
beforeAll(async () => {
  database = openDatabase(await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`));
});
afterAll(() => database.$disconnect());

const place = (mapId: number) => ({ worldId: 0, channelId: 1, mapId, instance: randomUUID() });

/** What messages say of a character, per unit of work; each begins a minute after the one before. */
async function said(characterId: number, ...units: readonly (readonly (number | null)[])[]) {
  for (const [minute, maps] of units.entries()) {
    const sessions = new Sessions(minute * 60_000);
    for (const map of maps) {
      sessions.set(TENANT.TENANT_ID, { characterId, session: map === null ? null : place(map) });
    }
    await sessions.save(database);
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
  expect(await said(1 + Math.floor(Math.random() * 2 ** 31), ...units)).toEqual(row);
});
