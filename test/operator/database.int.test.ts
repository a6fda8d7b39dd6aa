/** The operator's commands with TLS and a password file, and their error messages if the database refuses them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { required } from '../support/database.ts';
import { runScript } from '../support/script.ts';
import { PASSWORD, ROLE, startTlsDatabase } from '../support/tls-database.ts';
import type { TlsDatabase } from '../support/tls-database.ts';

const OWNER_PASSWORD = 'Xq7-0wner-zW9';

let server: TlsDatabase;
let passwordFile: string;
let url: URL;
beforeAll(async () => {
  server = await startTlsDatabase();
  passwordFile = join(server.folder, 'password');
  url = server.url({ sslmode: 'verify-full', sslrootcert: server.authority.caFile });
  url.password = '';
  await server.admin.query(`CREATE ROLE pet_owner LOGIN PASSWORD '${OWNER_PASSWORD}'`);
  await server.admin.query('CREATE DATABASE fresh OWNER pet_owner');
  await server.admit(`hostssl all ${ROLE},pet_owner all scram-sha-256`);
});
afterAll(() => server.close());

const run = (name: string, args: readonly string[], address: URL) =>
  runScript(name, args, {
    ...process.env,
    KAFKA_BROKERS: required('TEST_KAFKA_BROKERS'),
    DATABASE_URL: address.href,
    DATABASE_PASSWORD_FILE: passwordFile,
  });

it('npm run migrate applies all migrations with the role of the owner', async () => {
  writeFileSync(passwordFile, OWNER_PASSWORD);
  const address = new URL(url);
  address.username = 'pet_owner';
  address.pathname = '/fresh';
  expect(await run('migrate', [], address)).toMatchObject({ status: 0, stdout: expect.stringMatching(/applied\n$/) });
  const again = await run('migrate', [], address);
  expect(again).toMatchObject({ status: 0, stdout: 'the database has every migration already\n' });
});

it('npm run offsets and parked work with the role of the service', async () => {
  writeFileSync(passwordFile, `${PASSWORD}\n`);
  expect(await run('offsets', ['show'], url)).toMatchObject({ status: 0, stderr: '' });
  expect(await run('parked', ['show'], url)).toMatchObject({ status: 0, stdout: 'nothing is parked\n', stderr: '' });
});

describe.each([
  ['migrate', []],
  ['offsets', ['show']],
  ['parked', ['show']],
])('npm run %s', (name, args) => {
  it.each([
    ['DATABASE_LOGIN_REFUSED', 'a wrong password', () => url, 'Xq7-wrong'],
    ['DATABASE_UNKNOWN', 'an unknown database', () => changed((other) => (other.pathname = '/none')), PASSWORD],
    ['DATABASE_UNREACHABLE', 'a port where nothing listens', () => changed((other) => (other.port = '1')), PASSWORD],
    [
      'DATABASE_CERTIFICATE_INVALID',
      'an unknown authority',
      () => changed((other) => other.searchParams.delete('sslrootcert')),
      PASSWORD,
    ],
    ['DATABASE_TLS_REFUSED', 'no TLS', () => changed((other) => (other.search = '')), PASSWORD],
    [
      'CONFIG_INVALID',
      'parameters that do not go together',
      () => changed((other) => (other.search = '?sslmode=prefer')),
      PASSWORD,
    ],
  ])('prints %s for %s, in one sentence', async (code, _what, address, password) => {
    writeFileSync(passwordFile, password);
    const { status, stdout, stderr } = await run(name, args, address());
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.trimEnd()).toMatch(new RegExp(`\\(${code}\\)$`));
    // One sentence without a stack; faults of the configuration have a line each.
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(code === 'CONFIG_INVALID' ? 3 : 1);
    expect(stderr).not.toContain('Xq7');
  });
});

function changed(change: (address: URL) => unknown): URL {
  const other = new URL(url);
  change(other);
  return other;
}
