/** The reported reason of a database that answers but cannot do its work. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import pg from 'pg';
import { createLog } from '../../src/log.ts';
import { DatabaseClock } from '../../src/store/clock.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { watchDatabase } from '../../src/store/watch.ts';
import { createDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const name = () => `t_${randomUUID().replaceAll('-', '').slice(0, 12)}`;

let url: URL;
let admin: pg.Client;
const databases: Database[] = [];
const stops: (() => void)[] = [];
beforeEach(async () => {
  url = new URL(await createDatabase(name()));
  admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await Promise.all(databases.splice(0).map((database) => database.$disconnect()));
  await admin.end();
});

/** Watches with new connections. @returns the latest reason. */
function watch(address: URL): () => string | undefined {
  const database = openDatabase(address.href);
  databases.push(database);
  let latest: string | undefined = 'not checked';
  stops.push(
    watchDatabase({
      database,
      clock: new DatabaseClock(),
      health: (reason) => (latest = reason),
      log: createLog('silent'),
    }),
  );
  return () => latest;
}

const untilReason = (reason: () => string | undefined, expected: RegExp | undefined) =>
  until(
    () => `the reason is ${String(reason())}`,
    () => Promise.resolve(expected === undefined ? reason() === undefined : expected.test(reason() ?? '')),
  );

it('reports no reason for a database that accepts writes', async () => {
  await untilReason(watch(url), undefined);
});

it('reports a read-only database', async () => {
  await admin.query(`ALTER DATABASE ${url.pathname.slice(1)} SET default_transaction_read_only = on`);
  await untilReason(watch(url), /refuses writes.*\(DATABASE_READ_ONLY\)$/);
});

it('reports the missing rights of a role until it has all', async () => {
  const role = name();
  await admin.query(
    `CREATE ROLE ${role} LOGIN PASSWORD 'secret'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
  );
  const address = new URL(url);
  address.username = role;
  address.password = 'secret';
  const reason = watch(address);
  await untilReason(reason, /INSERT on tenant, .*DELETE on outbox.*\(DATABASE_RIGHTS_MISSING\)$/);
  expect(reason()).not.toContain('SELECT');
  // All tables that the service writes to, also those that are added later.
  const { rows } = await admin.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`,
  );
  for (const table of rows) expect(reason()).toContain(`INSERT on ${table.name}`);
  await admin.query(`GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
  await untilReason(reason, /lacks rights: USAGE on pet_id_seq, USAGE on outbox_id_seq.*\(DATABASE_RIGHTS_MISSING\)$/);
  await admin.query(`REVOKE SELECT ON _prisma_migrations FROM ${role}`);
  await untilReason(reason, /SELECT on _prisma_migrations/);
  await admin.query(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role}`);
  await admin.query(`GRANT SELECT ON _prisma_migrations TO ${role}`);
  await untilReason(reason, undefined);
  // These rights are sufficient for the service.
  const client = new pg.Client({ connectionString: address.href });
  await client.connect();
  await client.query(`INSERT INTO owner VALUES (gen_random_uuid(), 1)`);
  await client.query(
    `INSERT INTO pet (tenant_id, owner_id, template_id, name) SELECT tenant_id, owner_id, 1, 'Pet' FROM owner`,
  );
  await client.end();
  await admin.query(`DROP OWNED BY ${role}`);
});
