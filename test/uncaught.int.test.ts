/** How the process ends after an uncaught error, and what does not end it. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { award, command, createPets, json } from './support/commands.ts';
import { isRunning } from './support/instance.ts';
import type { Instance } from './support/instance.ts';
import { createRig } from './support/rig.ts';
import type { Rig } from './support/rig.ts';
import { until } from './support/until.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig.close());

it.each(['throw', 'reject'])(
  'an uncaught error (%s) causes one fatal line and exit code 1, and loses no event',
  async (kind) => {
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
  },
);

/** Lets Node run a script before the program. The script must not contain spaces. */
const preloaded = (script: string) => ({ SERVICE_NODE_OPTIONS: `--import data:text/javascript,${script}` });
/** Runs a statement when Node resolves the module. */
const onLoad = (module: string, statement: string) =>
  preloaded(
    `import{registerHooks}from'node:module';registerHooks({resolve(s,c,n){if(s==='${module}'){${statement}}return(n(s,c))}})`,
  );
const linesOf = (instance: Instance) =>
  instance
    .output()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as object);

it('a warning of Node becomes a line of the log', async () => {
  const instance = await rig.start(
    preloaded(
      `setInterval(()=>{if(process.listenerCount('uncaughtException'))process.emitWarning('beware','Test')},50)`,
    ),
  );
  await until('no warning', () => Promise.resolve(instance.output().includes('NODE_WARNING')));
  await instance.stop();
  const expected = { level: 'warn', warning: 'Test', error: 'beware', msg: expect.stringMatching(/\(NODE_WARNING\)$/) };
  expect(linesOf(instance)).toContainEqual(expect.objectContaining(expected));
});

it('a module that cannot be loaded causes a fatal line and exit code 1', async () => {
  const instance = await rig.begin(onLoad('@prisma/adapter-pg', `throw(new(Error)('broken'))`));
  expect(await instance.ended).toEqual({ code: 1, signal: null });
  expect(linesOf(instance)).toMatchObject([
    { level: 'fatal', code: 'UNCAUGHT', error: 'broken', msg: expect.stringMatching(/\(UNCAUGHT\)$/) },
  ]);
});

it('a signal while the service loads ends it with exit code 0', async () => {
  // Node's default would end it by the signal; the first process of a container has no such default.
  const instance = await rig.begin(onLoad('./main.ts', `process.kill(process.pid,'SIGTERM')`));
  expect(await instance.ended).toEqual({ code: 0, signal: null });
  expect(instance.output()).toBe('');
});

it('does not end or lose records while its database connections are cut 50 times', async () => {
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
  // "degraded" would answer 200 as well.
  await until('it is never ready again', async () => (await (await fetch(`${instance.url}/readyz`)).text()).includes('"ready"')); // prettier-ignore
  await instance.stop();
});
