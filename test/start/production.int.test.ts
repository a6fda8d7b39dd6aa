/** A production install: the service without the toolchain, on a broker and a database that others prepared. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { channels } from '../../generated/contract/channels.ts';
import { choosePort } from '../../scripts/embedded/ports.ts';
import { createTopics } from '../../scripts/topics.ts';
import { createDatabase, required } from '../support/database.ts';
import { copyFiles, pathOfAStranger, users, type Checkout } from './stranger.ts';
import { killAll, send, type, untilGone } from './typed.ts';

jest.setTimeout(300_000);

const NAME = 'production';
let checkout: Checkout;

beforeAll(() => {
  const parent = mkdtempSync(join(tmpdir(), 'production-'));
  const folder = join(parent, 'pet-service');
  copyFiles(folder);
  // npm's cache is where it always is; what is typed has a home of its own.
  const env = { ...process.env, PATH: pathOfAStranger() };
  const args = ['ci', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'];
  execFileSync('npm', args, { cwd: folder, env, stdio: 'pipe' });
  const home = join(parent, 'home');
  checkout = { folder, home, user: users()[0]!, env: { PATH: pathOfAStranger(), HOME: home } };
});

afterAll(async () => {
  await killAll(checkout);
  rmSync(join(checkout.folder, '..'), { recursive: true, force: true });
});

test('npm run service gets ready, and SIGTERM to npm alone stops it with exit code 0', async () => {
  const brokers = required('TEST_KAFKA_BROKERS');
  const topics = Object.fromEntries(channels.map(({ env, address }) => [env, `${NAME}.${address}`]));
  await createTopics(brokers, topics);
  const port = String(await choosePort());
  const service = type(checkout, 'npm', ['run', 'service'], {
    ...topics,
    KAFKA_BROKERS: brokers,
    KAFKA_GROUP_ID: NAME,
    DATABASE_URL: await createDatabase(NAME),
    HTTP_PORT: port,
  });
  await service.untilPrinted(/HTTP listens/);
  await untilReady(`http://127.0.0.1:${port}/readyz`, 20_000);

  send(service.pid, 'SIGTERM');
  await untilGone(checkout);
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
