/** How the service reports a database that refuses it, and recovers by itself without loss; no secret is logged. */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { databaseErrorOf } from '../../src/store/database-error.ts';
import { inTransaction, openDatabase } from '../../src/store/database.ts';
import { classify, isOutage } from '../../src/store/failure.ts';
import { messageOf } from '../../src/waiting.ts';
import { ask, MINIMAL, petDocument } from '../support/api.ts';
import { award, command, createPets, json } from '../support/commands.ts';
import { isRunning, readyz, untilReadyzContains } from '../support/instance.ts';
import type { Instance } from '../support/instance.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { PASSWORD, ROLE, startTlsDatabase } from '../support/tls-database.ts';
import type { TlsDatabase } from '../support/tls-database.ts';
import { until } from '../support/until.ts';

const OWNER = 51;

let rig: Rig;
let admin: pg.Client;
let name: string;
beforeAll(async () => {
  rig = await createRig();
  const url = new URL(rig.environment['DATABASE_URL'] ?? '');
  name = url.pathname.slice(1);
  admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await rig.close();
});

/** Ends the sessions of the services. */
const endSessions = (client: pg.Client) =>
  client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pet-service' AND datname = current_database()`,
  );

async function createStatus({ url }: Instance): Promise<number> {
  return (await ask(`${url}/api/pets`, { method: 'POST', body: petDocument(MINIMAL) })).status;
}

describe('the answer of the server to a statement', () => {
  it.each([
    ['57P01', 'DATABASE_STOPPING', `SELECT pg_terminate_backend(pg_backend_pid())`],
    ['25006', 'DATABASE_READ_ONLY', `DO $$ BEGIN SET LOCAL transaction_read_only = on; DELETE FROM owner; END $$`],
    ['53100', 'DATABASE_DISK_FULL', `DO $$ BEGIN RAISE 'no space' USING ERRCODE = '53100'; END $$`],
    ['53300', 'DATABASE_CONNECTIONS_EXHAUSTED', `DO $$ BEGIN RAISE 'too many' USING ERRCODE = '53300'; END $$`],
    ['42501', 'DATABASE_RIGHTS_MISSING', `DO $$ BEGIN SET LOCAL ROLE pg_monitor; DELETE FROM owner; END $$`],
  ])('%s has its code, and the message of the server for the log', async (state, code, sql) => {
    const database = openDatabase(rig.environment['DATABASE_URL'] ?? '');
    const attempts = [
      () => database.$executeRawUnsafe(sql),
      () => inTransaction(database, (transaction) => transaction.$executeRawUnsafe(sql)),
    ];
    for (const attempt of attempts) {
      const error: unknown = await attempt().then(() => 'it works', (failure: unknown) => failure); // prettier-ignore
      expect([databaseErrorOf(error)?.code, classify(error), isOutage(error)]).toEqual([code, 'outage', true]);
      expect(messageOf(error)).toMatch(new RegExp(`^[a-z][^\`]*\\(${state}\\)$`));
    }
    await database.$disconnect();
  });
});

describe('a service', () => {
  /** One for all faults, with a role whose connections a test can forbid. */
  let instance: Instance;
  const role = `r_${randomUUID().slice(0, 8)}`;
  beforeAll(async () => {
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}' IN ROLE pg_read_all_data, pg_write_all_data`);
    const url = new URL(rig.environment['DATABASE_URL'] ?? '');
    url.username = role;
    url.password = PASSWORD;
    instance = await rig.start({ DATABASE_URL: url.href });
  });
  beforeEach(() => rig.ready(instance));
  afterAll(async () => {
    await instance.stop();
    expect(instance.unexpectedEnd).toBeUndefined();
  });

  /** Causes a fault, and sends awards. @returns a function that expects each to be applied, and no dead letter. */
  async function sendAwards(
    beginFault: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<() => Promise<void>> {
    const [petId = 0] = await createPets(rig.database, OWNER, 1);
    await beginFault();
    await rig.send([1, 2, 3].map((amount) => command(award(petId, amount))));
    return async () => {
      const seen = await rig.settled();
      expect(seen.filter(({ channel }) => channel === 'deadLetter')).toEqual([]);
      const events = seen.map((one) => json(one) as { petId?: number; type?: string });
      const applied = events.filter((event) => event.petId === petId && event.type === 'CLOSENESS_CHANGED');
      expect(applied).toHaveLength(3);
    };
  }

  it('waits while the disk of the database is full', async () => {
    await admin.query(
      `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         RAISE 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100'; END $$;
       CREATE TRIGGER full_disk BEFORE INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION full_disk()`,
    );
    const expectApplied = await sendAwards();
    await untilReadyzContains(instance, 'the disk of the database is full (DATABASE_DISK_FULL)');
    expect(await createStatus(instance)).toBe(503);
    expect(instance.output()).toContain(
      String.raw`"error":"could not extend file \"base/1/2\": No space left on device (53100)"`,
    );
    await admin.query('DROP FUNCTION full_disk() CASCADE');
    await rig.ready(instance);
    await expectApplied();
    expect(await createStatus(instance)).toBe(201);
  });

  it('waits while the database is read-only', async () => {
    const setReadOnly = async (value: string) => {
      await admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`);
      await endSessions(admin);
    };
    const expectApplied = await sendAwards(() => setReadOnly('on'));
    await untilReadyzContains(instance, '(DATABASE_READ_ONLY)');
    expect(await createStatus(instance)).toBe(503);
    await setReadOnly('off');
    await rig.ready(instance);
    await expectApplied();
  });

  it('waits while the database has no connection left', async () => {
    await admin.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
    await endSessions(admin);
    await untilReadyzContains(instance, 'The database has no connection left.');
    expect(await createStatus(instance)).toBe(503);
    const expectApplied = await sendAwards();
    await admin.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
    await rig.ready(instance);
    await expectApplied();
  });

  it('continues while its sessions are ended 20 times', async () => {
    const expectApplied = await sendAwards();
    for (let times = 0; times < 20; times += 1) await endSessions(admin);
    await expectApplied();
    await rig.ready(instance);
    expect(isRunning(instance)).toBe(true);
  });
});

describe('a service with TLS and a password file', () => {
  let server: TlsDatabase;
  let passwordFile: string;
  let keys: readonly string[];
  let environment: NodeJS.ProcessEnv;
  beforeAll(async () => {
    server = await startTlsDatabase();
    passwordFile = join(server.folder, 'password');
    const client = await server.authority.issue(ROLE);
    keys = [readFileSync(client.keyFile, 'utf8').split('\n')[1] ?? ''];
    const files = { sslrootcert: server.authority.caFile, sslcert: client.certFile, sslkey: client.keyFile };
    const url = server.url({ sslmode: 'verify-full', ...files });
    url.password = '';
    environment = { DATABASE_URL: url.href, DATABASE_PASSWORD_FILE: passwordFile, LOG_LEVEL: 'trace' };
    // Password and certificate.
    await server.admit(`hostssl all ${ROLE} all scram-sha-256 clientcert=verify-full`);
  });
  afterAll(() => server.close());

  it('becomes ready once each fault is corrected, without a restart, and never logs a secret', async () => {
    writeFileSync(passwordFile, 'Xq7-wr0ng-zW9');
    const instance = await rig.begin(environment);
    const texts: string[] = [];
    const untilReported = async (text: string) => {
      await untilReadyzContains(instance, text);
      const { status } = await fetch(`${instance.url}/readyz`);
      expect(status).toBe(503);
      texts.push(await readyz(instance), await (await fetch(`${instance.url}/metrics`)).text());
      const refused = await ask(`${instance.url}/api/pets/1`);
      expect(refused.status).toBe(503);
      texts.push(refused.text);
    };
    await untilReported('The database refuses the login.');
    expect(await readyz(instance)).not.toMatch(new RegExp(`${ROLE}|localhost`));
    expect(instance.output()).toMatch(
      /"error":"localhost:\d+: password authentication failed for user \\"pet_service\\" \(28P01\)"/,
    );
    expect(instance.output()).not.toContain('Raw query failed');
    writeFileSync(passwordFile, `${PASSWORD}\n`);
    await rig.ready(instance);

    // Rotation: open connections end, new ones need the new password.
    await server.admin.query(`ALTER ROLE ${ROLE} PASSWORD 'Xq7-n3w-zW9'`);
    await endSessions(server.admin);
    await untilReported('The database refuses the login.');
    writeFileSync(passwordFile, 'Xq7-n3w-zW9');
    await rig.ready(instance);

    await server.present(await server.authority.issue('old', { hosts: ['localhost'], isExpired: true }));
    await endSessions(server.admin);
    await untilReported('The certificate of the database has expired.');
    await server.present(await server.authority.issue('new', { hosts: ['localhost'] }));
    await rig.ready(instance);
    expect(await createStatus(instance)).toBe(201);
    const tls = 'SELECT bool_and(ssl) AS "all" FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = $1';
    await until(
      'a session has no TLS',
      async () => (await server.admin.query<{ all: boolean }>(tls, [ROLE])).rows[0]?.all === true,
    );

    // Open sessions continue; new connections are refused.
    await server.beginShutdown();
    await endSessions(server.admin);
    await untilReported('The database accepts no connections now.');
    await server.restart();
    await rig.ready(instance);
    expect(await createStatus(instance)).toBe(201);

    await instance.stop();
    for (const text of [...texts, instance.output()]) {
      expect(text).not.toContain('Xq7');
      for (const key of keys) expect(text).not.toContain(key);
    }
  });
});
