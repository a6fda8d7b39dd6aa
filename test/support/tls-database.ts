/** A Postgres server of one test with TLS; its certificates are generated at the start. */
import { chownSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../scripts/embedded/postgres.ts';
import { temporaryFolder } from '../../scripts/embedded/temporary.ts';
import { migrate } from '../../src/operator/migrate/migrations.ts';
import { grantStatements } from '../../src/store/rights.ts';
import { createAuthority } from './certificates.ts';
import type { Authority, Certificate } from './certificates.ts';
import { until } from './until.ts';

/** A role that owns nothing and has the rights that the service needs. */
export const ROLE = 'pet_service';
/** A password that cannot be in a log by chance. */
export const PASSWORD = 'Xq7-s3cret-zW9';

/** The code of Postgres for a connection that it refuses because it stops. */
const SHUTTING_DOWN = '57P03';

export interface TlsDatabase {
  /** A superuser's session without TLS; a restart replaces it. */
  readonly admin: pg.Client;
  /** A folder for files of the test. */
  readonly folder: string;
  /** The authority of the server's certificate, which it also trusts. */
  readonly authority: Authority;
  /** Returns the URL for {@link ROLE} at `localhost`, with its password and these parameters of libpq. */
  url(parameters?: Readonly<Record<string, string>>): URL;
  /** Sets the certificate of the server; undefined: no TLS. Resolves when new connections get it. */
  present(certificate: Certificate | undefined): Promise<void>;
  /** Replaces the lines of pg_hba.conf for {@link ROLE}. */
  admit(...lines: readonly string[]): Promise<void>;
  /** Lets the server stop once the last session has ended. Resolves when it refuses new connections. */
  beginShutdown(): Promise<void>;
  /** Stops the server and starts it again, on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startTlsDatabase(): Promise<TlsDatabase> {
  const temporary = await temporaryFolder();
  const dataDir = join(temporary.path, 'postgres');
  let server = await startPostgres({ dataDir, port: 0 });
  const address = new URL(server.address);
  await migrate(address.href, () => undefined);
  const folder = join(temporary.path, 'files');
  mkdirSync(folder);
  const authority = await createAuthority(folder, 'ca');
  let admin = await connect(address);
  const { data_directory: data, hba_file: hba } = await settings(admin, ['data_directory', 'hba_file']);
  // Postgres requires a key that only its own user can read.
  const owner = statSync(data);
  const install = (from: string, name: string) => {
    const path = join(data, name);
    copyFileSync(from, path);
    chownSync(path, owner.uid, owner.gid);
  };
  for (const sql of [
    `CREATE ROLE ${ROLE} LOGIN PASSWORD '${PASSWORD}'`,
    'REVOKE ALL ON DATABASE pets FROM PUBLIC',
    'REVOKE ALL ON SCHEMA public FROM PUBLIC',
    ...grantStatements(ROLE, 'pets'),
  ]) {
    await admin.query(sql);
  }

  /** Returns when the server last read its files, from a new connection. */
  async function loadedAt(): Promise<string> {
    const client = await connect(address);
    const { rows } = await client.query<{ at: string }>('SELECT pg_conf_load_time()::text AS at');
    await client.end();
    return rows[0]?.at ?? '';
  }

  async function reload(): Promise<void> {
    const before = await loadedAt();
    await admin.query('SELECT pg_reload_conf()');
    await until('the server does not read its files again', async () => (await loadedAt()) !== before);
  }

  const database: TlsDatabase = {
    get admin() {
      return admin;
    },
    folder,
    authority,
    url(parameters = {}) {
      const url = new URL(address);
      url.hostname = 'localhost';
      url.username = ROLE;
      url.password = PASSWORD;
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return url;
    },
    async present(certificate) {
      if (certificate !== undefined) {
        install(certificate.certFile, 'server.crt');
        install(certificate.keyFile, 'server.key');
        install(authority.caFile, 'root.crt');
        await admin.query(`ALTER SYSTEM SET ssl_ca_file = 'root.crt'`);
      }
      await admin.query(`ALTER SYSTEM SET ssl = ${certificate === undefined ? 'off' : 'on'}`);
      await reload();
    },
    async admit(...lines) {
      const others = ['host all postgres 127.0.0.1/32 scram-sha-256', 'host all postgres ::1/128 scram-sha-256'];
      writeFileSync(hba, `${[...lines, ...others].join('\n')}\n`);
      await reload();
    },
    async beginShutdown() {
      const [pid = ''] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGTERM');
      // Before, a session that ends is followed by a new one.
      await until('the server still accepts connections', async () => {
        try {
          await (await connect(address)).end();
          return false;
        } catch (error) {
          return (error as { readonly code?: string }).code === SHUTTING_DOWN;
        }
      });
    },
    async restart() {
      await server.stop();
      server = await startPostgres({ dataDir, port: Number(address.port) });
      admin = await connect(address);
    },
    async close() {
      await admin.end();
      await server.stop();
      await temporary.remove();
    },
  };
  await database.admit(`host all ${ROLE} all scram-sha-256`);
  await database.present(await authority.issue('server', { hosts: ['localhost', '127.0.0.1'] }));
  return database;
}

async function connect({ href }: URL): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: href });
  // The server may stop while the session is open.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function settings<const Name extends string>(client: pg.Client, names: readonly Name[]) {
  const found = new Map<string, string>();
  for (const name of names) {
    const { rows } = await client.query<Record<string, string>>(`SHOW ${name}`);
    found.set(name, rows[0]?.[name] ?? '');
  }
  return Object.fromEntries(found) as Record<Name, string>;
}
