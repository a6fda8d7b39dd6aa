/** How a process ends on what nobody handles, and what it does not end on. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { award, command, createPets, json } from './support/commands.ts';
import { isRunning } from './support/instance.ts';
import { createRig } from './support/rig.ts';
import type { Rig } from './support/rig.ts';
import { until } from './support/until.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig.close());

it.each(['throw', 'reject'])('%s: one fatal line, code 1, and no event is lost', async (kind) => {
  const [petId = 0] = await createPets(rig.database, kind === 'throw' ? 9_101 : 9_102, 1);
  const broken = await rig.start({ FAULT_POINT: 'after-commit', FAULT_KIND: kind });
  await rig.send([command(award(petId, 1))]);
  expect(await broken.ended).toEqual({ code: 1, signal: null });
  const lines = broken
    .output()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: string; msg: string; error: string; stack: string });
  expect(lines.filter(({ level }) => level === 'fatal')).toMatchObject([
    {
      msg: expect.stringMatching(/\(UNCAUGHT\)$/),
      error: 'a fault of a test',
      stack: expect.stringContaining('fault-injection.ts'),
    },
  ]);
  const restarted = await rig.start();
  const seen = (await rig.settled()).map(json);
  expect(seen).toContainEqual(expect.objectContaining({ petId, type: 'CLOSENESS_CHANGED' }));
  await restarted.stop();
});

it('connections that are cut again and again while it works', async () => {
  const pets = await createPets(rig.database, 9_200, 20);
  const instance = await rig.start();
  const admin = new pg.Client({ connectionString: rig.environment['DATABASE_URL'] });
  await admin.connect();
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'pet-service' AND pid <> pg_backend_pid()`;
  let cuts = 0;
  for (let round = 0; round < 50; round += 1) {
    await rig.send(pets.map((petId) => command(award(petId, 1))));
    cuts += (await admin.query(cut)).rowCount ?? 0;
  }
  await admin.end();
  expect(cuts).toBeGreaterThan(0);
  await rig.settled();
  const closeness = await rig.database.pet.findMany({ where: { ownerId: 9_200n }, select: { closeness: true } });
  expect(closeness).toEqual(pets.map(() => ({ closeness: 50 })));
  expect(isRunning(instance)).toBe(true);
  // Nothing of it is degraded either, which would be 200.
  await until('it is never ready again', async () => (await (await fetch(`${instance.url}/readyz`)).text()).includes('"ready"')); // prettier-ignore
  await instance.stop();
});
