/** What one client may cost. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ask, startApi, TENANT_HEADERS } from '../support/api.ts';
import type { Api } from '../support/api.ts';

let api: Api;
const sockets: Socket[] = [];
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await api.close();
});

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

it('a request that does not come to an end is ended, and the others go on', async () => {
  const slow = await open();
  const tenant = Object.entries(TENANT_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  slow.write(
    `POST /api/pets HTTP/1.1\r\nHost: pets\r\n${tenant.join('')}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
  );
  const headerless = await open();
  headerless.write('GET /livez HTTP/1.1\r\nHost:');
  const answers = await Promise.all([text(slow), text(headerless)]);
  for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*"code":"REQUEST_INVALID"/);
  expect((await ask(`${api.url}/livez`)).status).toBe(200);
});

it('there are so many connections and no more; one that ends makes room', async () => {
  const all = await Promise.all(Array.from({ length: 1_000 }, open));
  const tooMany = await open();
  await once(tooMany, 'close');
  const [first] = all;
  first?.destroy();
  const answer = async () => (await ask(`${api.url}/livez`).catch(() => undefined))?.status === 200;
  for (const until = Date.now() + 3_000; !(await answer()); await delay(20)) {
    if (Date.now() > until) throw new Error('no room was made');
  }
});
