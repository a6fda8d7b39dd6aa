/** The service and the operator's commands with a role that has exactly the rights of docs/security.md. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { ask, petDocument } from '../support/api.ts';
import { award, character, command, json, sendable, spawn, TENANT } from '../support/commands.ts';
import { readyz, untilReadyzMatches, untilReadyzContains } from '../support/instance.ts';
import type { Instance } from '../support/instance.ts';
import { untilMoved } from '../support/movements.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Seen } from '../support/rig.ts';
import { runScript } from '../support/script.ts';

const PASSWORD = 'Xq7-s3cret-zW9';
const OWNER = 41;
const MAP = 100;

const role = `r_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
let rig: Rig;
let admin: pg.Client;
let environment: NodeJS.ProcessEnv;
let statements: readonly string[];
/** One for all tests except that of a group without stored offsets. It starts without any right. */
let instance: Instance;
beforeAll(async () => {
  rig = await createRig();
  const url = new URL(rig.environment['DATABASE_URL'] ?? '');
  admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  const page = await readFile('docs/security.md', 'utf8');
  statements = [...page.matchAll(/```sql\n([^]*?)```/g)]
    .flatMap(([, block = '']) => block.trim().split('\n'))
    .map((sql) => sql.replaceAll('pet_service', role).replace('DATABASE pets', `DATABASE ${url.pathname.slice(1)}`));
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
  for (const sql of statements.filter((one) => one.startsWith('REVOKE'))) await admin.query(sql);
  url.username = role;
  url.password = PASSWORD;
  environment = { ...rig.environment, DATABASE_URL: url.href };
  instance = await rig.begin({ ...environment, HUNGER_INTERVAL_MS: '300', EXPIRATION_INTERVAL_MS: '100' });
});
afterAll(async () => {
  await admin.end();
  await rig.close();
});

const typesOf = (seen: readonly Seen[]) => seen.map((one) => (json(one) as { type?: string } | null)?.type);
const untilSeen = (type: string) => rig.seen((seen) => typesOf(seen).includes(type));

/** Without USAGE the role sees no tables, which must not be reported as pending migrations. */
const PENDING = /"(?:database|migrations)":"[^"]*MIGRATIONS_PENDING/;

it('reports missing rights one after the other, and is ready once it has all', async () => {
  await untilReadyzContains(instance, 'DATABASE_RIGHTS_MISSING');
  expect(await readyz(instance)).not.toMatch(PENDING);
  expect(await offsets('show')).toMatchObject({ status: 1, stderr: expect.stringMatching(/^npm run offsets: .*\n$/) });
  const [connect = '', schema = '', ...others] = statements.filter((one) => one.startsWith('GRANT'));
  await admin.query(connect);
  await untilReadyzContains(instance, 'The database role lacks rights: USAGE on schema public');
  expect(await readyz(instance)).not.toMatch(PENDING);
  await admin.query(schema);
  await untilReadyzContains(instance, 'lacks rights: SELECT on tenant');
  for (const sql of others) await admin.query(sql);
  await rig.ready(instance);
  expect(instance.output()).not.toContain(PASSWORD);
});

it('consumes, publishes, answers HTTP and sweeps with these rights', async () => {
  const begun = Date.now();
  const [petId, expiring] = [await create({}), await create({})];
  await rig.send([character(OWNER, { type: 'LOGIN', body: { channelId: 1, mapId: MAP } })], characterStatus);
  await rig.settled();
  await rig.send([command(spawn(OWNER, petId)), command(award(petId, 1))]);
  await untilSeen('CLOSENESS_CHANGED');
  // By sweeps: the spawned pet gets hungry, another one expires.
  await untilSeen('FULLNESS_CHANGED');
  await rig.send([command(spawn(OWNER, expiring))]);
  await rig.settled();
  await admin.query(`UPDATE pet SET expiration = now() - interval '1 hour' WHERE id = ${String(expiring)}`);
  await rig.seen((seen) => typesOf(seen).filter((type) => type === 'DESPAWNED').length > 0);
  const location = { worldId: 0, channelId: 1, mapId: MAP, instance: '00000000-0000-0000-0000-000000000000' };
  const position = { ...location, objectId: petId, observerId: OWNER, x: 7, y: 8, stance: 0 };
  const movement = petMovement.encode(position, { ...TENANT, traceparent: newTraceparent() });
  await untilMoved(instance, 1, () => rig.send([sendable(movement)], petMovement));
  expect((await ask(`${instance.url}/api/pets/${String(petId)}`)).json.data.attributes).toMatchObject({ x: 7, y: 8 });
  await rig.send([character(OWNER, { type: 'DELETED' })], characterStatus);
  await rig.seen((seen) => typesOf(seen).filter((type) => type === 'DELETED').length === 2);
  await rig.settled();
  expect(await readyz(instance)).toContain('"status":"ready"');
  const lines = instance.output().trimEnd().split('\n');
  const logged = lines.filter((line) => Date.parse((JSON.parse(line) as { time: string }).time) >= begun);
  expect(logged.join('\n')).not.toMatch(/permission denied|Xq7/);
});

it('reports a missing right to delete sent events', async () => {
  await admin.query(`REVOKE DELETE ON outbox FROM ${role}`);
  await create({});
  await untilReadyzMatches(
    instance,
    /"publisher":"Cannot send events to [^:"]*: the database role lacks a right \(DATABASE_RIGHTS_MISSING\)\. /,
  );
  await admin.query(`GRANT DELETE ON outbox TO ${role}`);
  await rig.settled();
  await rig.ready(instance);
  await instance.stop();
});

it('reports a missing right to save start offsets', async () => {
  const right = `INSERT ON consumer_offset`;
  await admin.query(`REVOKE ${right} FROM ${role}`);
  const group = randomUUID();
  const other = await rig.begin({ ...environment, KAFKA_GROUP_ID: group, KAFKA_START: 'earliest' });
  await untilReadyzContains(
    other,
    '"offsets":"Cannot read start offsets: the database role lacks a right (DATABASE_RIGHTS_MISSING). ',
  );
  await admin.query(`GRANT ${right} TO ${role}`);
  await rig.ready(other);
  await other.stop();
  // It may not have applied the records of the other tests, which rig.settled() would wait for.
  await admin.query('DELETE FROM consumer_offset WHERE group_id = $1', [group]);
});

it('sets and copies offsets, and returns parked events', async () => {
  const topic = String(rig.environment['COMMAND_TOPIC_PET']);
  expect(await offsets('show')).toMatchObject({ status: 0, stdout: expect.stringContaining(topic) });
  const move = ['--topic', topic, '--partition', '0', '--offset', 'earliest'];
  expect(await offsets('set', ...move)).toMatchObject({ status: 0 });
  const copy = ['--from', String(rig.environment['KAFKA_GROUP_ID']), '--to', 'another'];
  expect(await offsets('copy', ...copy)).toMatchObject({ status: 0 });
  await admin.query(
    `INSERT INTO outbox (stream, channel, key, value, headers, parked_at, parked_reason)
     VALUES ('a', 'petStatus', '\\x00', '\\x00', '{}', now(), 'too large')`,
  );
  expect(await runScript('parked', ['show'], environment)).toMatchObject({ status: 0 });
  const returned = await runScript('parked', ['return', '--all'], environment);
  expect(returned).toMatchObject({ status: 0, stdout: expect.stringContaining('1 returned') });
});

async function create(attributes: object): Promise<number> {
  const body = petDocument({ ownerId: OWNER, templateId: 5_000_017, ...attributes });
  const { status, json: document } = await ask(`${instance.url}/api/pets`, { method: 'POST', body });
  expect(status).toBe(201);
  return Number(document.data.id);
}

const offsets = (...args: readonly string[]) => runScript('offsets', args, environment);
