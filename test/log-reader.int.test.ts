/** The service runs and stops even if nobody reads its log. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from '@jest/globals';
import { choosePort } from '../scripts/embedded/ports.ts';
import { TENANT_HEADERS } from './support/api.ts';
import { until } from './support/until.ts';

/** How many requests are in flight at a time. */
const MAX_IN_FLIGHT = 50;

let child: ChildProcess;
let url: string;
afterEach(() => {
  child.kill('SIGKILL');
});

/** Starts a service without database and broker: it logs a line for each request that it refuses. */
async function start(): Promise<void> {
  const port = await choosePort();
  url = `http://127.0.0.1:${String(port)}`;
  child = spawn(process.execPath, ['src/launch.ts'], {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      LOG_LEVEL: 'debug',
      HTTP_PORT: String(port),
      KAFKA_BROKERS: '127.0.0.1:1',
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const isAlive = async () => (await fetch(`${url}/livez`).catch(() => undefined))?.status === 200;

async function dropped(): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^pets_log_lines_dropped_total (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** Sends requests until the service drops log lines. */
async function untilDropped(): Promise<void> {
  await until(
    'no line is dropped',
    async () => {
      const asks = Array.from({ length: MAX_IN_FLIGHT }, () => fetch(`${url}/api/pets/1`, { headers: TENANT_HEADERS }));
      await Promise.all(asks.map(async (ask) => (await ask).arrayBuffer()));
      return (await dropped()) > 0;
    },
    120_000,
  );
}

it('runs and stops if the reader of its log reads nothing', async () => {
  await start();
  await until('it does not start', isAlive);
  await untilDropped();
  expect(await isAlive()).toBe(true);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
}, 180_000);

it('logs how many lines it dropped once a reader that paused reads again', async () => {
  await start();
  await until('it does not start', isAlive);
  await untilDropped();
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until('the number of dropped lines is not logged', () =>
    Promise.resolve(/^\{"level":"warn",.*"dropped":\d+/m.test(text)),
  );
  child.kill('SIGTERM');
  await once(child, 'close');
  const lines = text.trim().split('\n').map((line) => JSON.parse(line) as { msg: string }); // prettier-ignore
  expect(lines.at(-1)).toMatchObject({ msg: 'stopped' });
}, 180_000);

it('runs and stops if the reader of its log has closed the pipe', async () => {
  await start();
  child.stdout?.destroy();
  child.stderr?.destroy();
  await until('it does not start', isAlive);
  await untilDropped();
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
}, 180_000);
