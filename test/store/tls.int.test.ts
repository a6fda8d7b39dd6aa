/** Connections with TLS and password files to a real server: verification, errors, and recovery once a fault is corrected. */
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { databaseErrorOf } from '../../src/store/database-error.ts';
import { createPool, inTransaction, openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { classify, isOutage } from '../../src/store/failure.ts';
import { messageOf } from '../../src/waiting.ts';
import { createAuthority } from '../support/certificates.ts';
import type { Authority, Certificate } from '../support/certificates.ts';
import { runScript } from '../support/script.ts';
import { PASSWORD, ROLE, startTlsDatabase } from '../support/tls-database.ts';
import type { TlsDatabase } from '../support/tls-database.ts';
import { until } from '../support/until.ts';

let server: TlsDatabase;
let stranger: Authority;
let good: Certificate;
beforeAll(async () => {
  server = await startTlsDatabase();
  stranger = await createAuthority(join(server.folder, 'stranger'));
  good = await server.authority.issue('good', { hosts: ['localhost', '127.0.0.1'] });
});
afterAll(() => server.close());

const databases: Database[] = [];
afterEach(() => Promise.all(databases.splice(0).map((database) => database.$disconnect())));

function open(url: URL, passwordFile?: string): Database {
  const database = openDatabase(url.href, { passwordFile });
  databases.push(database);
  return database;
}

/** Returns whether the session has TLS, and the subject of the client's certificate. */
async function session(database: Database): Promise<readonly [tls: boolean, client: string | null]> {
  const rows = await database.$queryRawUnsafe<{ ssl: boolean; client: string | null }[]>(
    'SELECT ssl, client_dn AS client FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
  );
  return [rows[0]!.ssl, rows[0]!.client];
}

async function reasonOf(database: Database): Promise<string> {
  const error: unknown = await database.$queryRawUnsafe('SELECT 1').then(() => undefined, (failure: unknown) => failure); // prettier-ignore
  return databaseErrorOf(error)?.reason ?? '';
}

/** Returns the code, the public reason and the log text of a failed statement, which are the same in a transaction. */
async function faultOf(database: Database): Promise<{ code: string; reason: string; log: string }> {
  const attempts = [
    () => database.$queryRawUnsafe('SELECT 1'),
    () => inTransaction(database, (transaction) => transaction.$queryRawUnsafe('SELECT 1')),
  ];
  const faults = [];
  for (const attempt of attempts) {
    const error: unknown = await attempt().then(() => 'it works', (failure: unknown) => failure); // prettier-ignore
    const known = databaseErrorOf(error);
    if (known === undefined) throw new Error(`not a database error: ${String(error)}`);
    // The service waits for its end; no record is at fault.
    expect([classify(error), isOutage(error)]).toEqual(['outage', true]);
    faults.push({ code: known.code, reason: known.reason, log: messageOf(known.cause ?? known) });
    expect(JSON.stringify([known.message, known.reason, messageOf(error), String(error)])).not.toContain(PASSWORD);
  }
  expect(faults[1]).toEqual(faults[0]);
  return faults[0]!;
}

describe('the certificate of the server', () => {
  const verified = () => server.url({ sslmode: 'verify-full', sslrootcert: server.authority.caFile });

  it('is verified with its host name', async () => {
    await server.present(good);
    expect(await session(open(verified()))).toEqual([true, null]);
    const address = verified();
    address.hostname = '127.0.0.1';
    expect(await session(open(address))).toEqual([true, null]);
  });

  it.each([
    [
      'expired',
      () => server.authority.issue('server', { hosts: ['localhost'], isExpired: true }),
      /has expired\. Renew/,
    ],
    [
      'of another host',
      () => server.authority.issue('server', { hosts: ['elsewhere.test'] }),
      /for another host name\./,
    ],
    [
      'of an unknown authority',
      () => stranger.issue('server', { hosts: ['localhost'] }),
      /authority that is not trusted/,
    ],
  ])('is rejected if it is %s, and accepted once it is renewed', async (_what, issue, reason) => {
    await server.present(await issue());
    const database = open(verified());
    const fault = await faultOf(database);
    expect(fault).toMatchObject({ code: 'DATABASE_CERTIFICATE_INVALID', reason: expect.stringMatching(reason) });
    expect(fault.log).toMatch(/^localhost:\d+: .*(certificate|cert)/i);
    await server.present(good);
    expect(await session(database)).toEqual([true, null]);
  });

  it('is verified without its host name by verify-ca, and not at all by require without an authority', async () => {
    await server.present(await server.authority.issue('server', { hosts: ['elsewhere.test'] }));
    const sslrootcert = server.authority.caFile;
    expect(await session(open(server.url({ sslmode: 'verify-ca', sslrootcert })))).toEqual([true, null]);
    await server.present(await stranger.issue('server', { hosts: ['localhost'] }));
    const code = 'DATABASE_CERTIFICATE_INVALID';
    expect(await faultOf(open(server.url({ sslmode: 'verify-ca', sslrootcert })))).toMatchObject({ code });
    // As in libpq, a named authority is used.
    expect(await faultOf(open(server.url({ sslmode: 'require', sslrootcert })))).toMatchObject({ code });
    // The authorities of Node do not include it either.
    expect(await faultOf(open(server.url({ sslmode: 'verify-full' })))).toMatchObject({ code });
    expect(await session(open(server.url({ sslmode: 'require' })))).toEqual([true, null]);
  });

  it.each([{}, { sslrootcert: 'system' }])('is trusted by the authorities of the system: %j', async (parameters) => {
    await server.present(good);
    const address = server.url({ sslmode: 'verify-full', ...parameters });
    const show = (environment: NodeJS.ProcessEnv) =>
      runScript('parked', ['show'], { ...process.env, DATABASE_URL: address.href, ...environment });
    expect((await show({})).stderr).toContain('(DATABASE_CERTIFICATE_INVALID)');
    expect(await show({ SSL_CERT_FILE: server.authority.caFile })).toMatchObject({ status: 0, stderr: '' });
  });

  it('is not used without TLS', async () => {
    expect(await session(open(server.url()))).toEqual([false, null]);
    expect(await session(open(server.url({ sslmode: 'disable' })))).toEqual([false, null]);
  });
});

describe('TLS', () => {
  it('is required if sslmode requires it and the server does not offer it', async () => {
    await server.present(undefined);
    const database = open(server.url({ sslmode: 'require' }));
    const expected = { code: 'DATABASE_TLS_REFUSED', reason: expect.stringMatching(/^The database offers no TLS\. /) };
    expect(await faultOf(database)).toMatchObject(expected);
    await server.present(good);
    expect(await session(database)).toEqual([true, null]);
  });

  it('is missing if the server requires it and sslmode does not', async () => {
    await server.admit(`hostssl all ${ROLE} all scram-sha-256`);
    const { code, reason } = await faultOf(open(server.url()));
    expect([code, reason]).toEqual(['DATABASE_TLS_REFUSED', expect.stringMatching(/refuses the login without TLS\. /)]);
    expect(await session(open(server.url({ sslmode: 'require' })))).toEqual([true, null]);
    await server.admit(`host all ${ROLE} all scram-sha-256`);
  });
});

describe("the client's certificate", () => {
  const files = () => ({ cert: join(server.folder, 'now.crt'), key: join(server.folder, 'now.key') });
  const use = ({ certFile, keyFile }: Certificate) => {
    copyFileSync(certFile, files().cert);
    copyFileSync(keyFile, files().key);
  };
  const withFiles = () => {
    const { cert, key } = files();
    const verified = { sslmode: 'verify-full', sslrootcert: server.authority.caFile };
    const address = server.url({ ...verified, sslcert: cert, sslkey: key });
    address.password = '';
    return address;
  };
  beforeAll(async () => {
    await server.present(good);
    await server.admit(`hostssl all ${ROLE} all cert`);
  });
  afterAll(() => server.admit(`host all ${ROLE} all scram-sha-256`));

  it('is sufficient to log in, and is read again for each connection', async () => {
    use(await server.authority.issue(ROLE));
    const database = open(withFiles());
    expect(await session(database)).toEqual([true, `/CN=${ROLE}`]);
    await server.admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${ROLE}'`);
    use(await server.authority.issue('somebody'));
    const other = open(withFiles());
    expect(await faultOf(other)).toMatchObject({ code: 'DATABASE_LOGIN_REFUSED' });
    use(await server.authority.issue(ROLE, { isExpired: true }));
    // The server may close the connection before its reason is read.
    const refused =
      /^The database refuses the certificate of the service \(sslcert\)\. .*\(DATABASE_CERTIFICATE_INVALID\)$/;
    await until('the certificate is not named', async () => refused.test(await reasonOf(other)));
    use(await server.authority.issue(ROLE));
    expect(await session(other)).toEqual([true, `/CN=${ROLE}`]);
  });

  it('is required if the server requires it', async () => {
    const address = server.url({ sslmode: 'verify-full', sslrootcert: server.authority.caFile });
    expect(await faultOf(open(address))).toMatchObject({ code: 'DATABASE_LOGIN_REFUSED' });
  });

  it.each([
    ['is reported if its file is missing', () => { rmSync(files().cert); }, /file of sslcert cannot be read/], // prettier-ignore
    ['is reported if its file has no certificate', () => { writeFileSync(files().cert, 'none'); }, /sslcert and sslkey are not a certificate and its key/], // prettier-ignore
    ['is reported if the key is that of another one', () => { copyFileSync(good.keyFile, files().key); }, /not a certificate and its key/], // prettier-ignore
  ])('%s', async (_what, damage, reason) => {
    use(await server.authority.issue(ROLE));
    damage();
    const database = open(withFiles());
    const fault = await faultOf(database);
    expect(fault).toMatchObject({ code: 'DATABASE_FILES_UNREADABLE', reason: expect.stringMatching(reason) });
    expect(fault.reason).not.toContain(server.folder);
    expect(fault.log).toContain(server.folder);
    use(await server.authority.issue(ROLE));
    expect(await session(database)).toEqual([true, `/CN=${ROLE}`]);
  });

  it.each(['', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'])(
    'is not used if the file of the authority has no certificate: %j',
    async (text) => {
      const address = withFiles();
      const path = join(server.folder, 'empty.crt');
      writeFileSync(path, text);
      address.searchParams.set('sslrootcert', path);
      expect(await faultOf(open(address))).toMatchObject({
        code: 'DATABASE_FILES_UNREADABLE',
        reason: expect.stringMatching(/sslrootcert has no certificate/),
        log: expect.stringContaining(path),
      });
    },
  );
});

describe('the password', () => {
  const file = () => join(server.folder, 'password');
  const withoutPassword = () => {
    const address = server.url();
    address.password = '';
    return address;
  };

  it('is read from its file for each connection, except a newline at its end', async () => {
    writeFileSync(file(), `${PASSWORD}\n`);
    const pool = createPool(withoutPassword().href, { passwordFile: file() });
    await pool.query('SELECT 1');
    await server.admin.query(`ALTER ROLE ${ROLE} PASSWORD 'rotated'`);
    const first = await pool.connect();
    const second = pool.connect();
    await expect(second).rejects.toMatchObject({ code: 'DATABASE_LOGIN_REFUSED' });
    writeFileSync(file(), 'rotated');
    await pool.query('SELECT 1');
    first.release();
    await pool.end();
    await server.admin.query(`ALTER ROLE ${ROLE} PASSWORD '${PASSWORD}'`);
  });

  it('that is wrong does not appear in the error, and works once it is corrected', async () => {
    writeFileSync(file(), 'Xq7-wrong');
    const database = open(withoutPassword(), file());
    const fault = await faultOf(database);
    expect(fault).toMatchObject({
      code: 'DATABASE_LOGIN_REFUSED',
      log: expect.stringMatching(/^localhost:\d+: password authentication failed for user "pet_service" \(28P01\)$/),
    });
    expect(JSON.stringify(fault)).not.toContain('Xq7');
    expect(fault.reason).not.toMatch(new RegExp(ROLE));
    writeFileSync(file(), PASSWORD);
    expect(await session(database)).toEqual([false, null]);
  });

  it.each([
    ['is missing', () => undefined, /file of DATABASE_PASSWORD_FILE cannot be read/],
    ['is empty', (path: string) => { writeFileSync(path, '\n'); }, /DATABASE_PASSWORD_FILE names is empty/], // prettier-ignore
  ])('is reported if its file %s', async (_what, make, reason) => {
    rmSync(file(), { force: true });
    make(file());
    const database = open(withoutPassword(), file());
    const log = expect.stringContaining(file());
    const expected = { code: 'DATABASE_FILES_UNREADABLE', reason: expect.stringMatching(reason), log };
    expect(await faultOf(database)).toMatchObject(expected);
    writeFileSync(file(), PASSWORD);
    expect(await session(database)).toEqual([false, null]);
  });

  it('is required if the server requires it', async () => {
    expect(await faultOf(open(withoutPassword()))).toMatchObject({ code: 'DATABASE_LOGIN_REFUSED' });
  });
});
