/** What one client may cost. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ask, petDocument, startApi, TENANT_HEADERS } from '../support/api.ts';
import type { Answer, Api } from '../support/api.ts';

let api: Api;
const sockets: Socket[] = [];
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await api.close();
});

/** @param half whether our side stays open when the other has ended. */
async function open(half = false): Promise<Socket> {
  const { hostname, port } = new URL(api.url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: half });
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

it('a connection on which nobody listens is ended, not kept half', async () => {
  const garbage = await open(true);
  garbage.write('GARBAGE\r\n\r\n');
  // Our side stays open; the other must not wait for it.
  const silent = await open(true);
  silent.write('GET /livez HTTP/1.1\r\n');
  for (const socket of [garbage, silent]) {
    let closed = false;
    socket.resume().on('close', () => (closed = true));
    // A side that is gone answers what is written with a reset; one that is half open would take it.
    for (; !closed; await delay(20)) socket.write('x');
  }
});

it('one connection has so many requests under way and no more', async () => {
  const eager = await open();
  const tenant = Object.entries(TENANT_HEADERS)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  const one = `GET /api/characters/1/pets HTTP/1.1\r\nHost: pets\r\n${tenant}\r\n`;
  eager.write(one.repeat(99) + one.replace('Host', 'Connection: close\r\nHost'));
  const statuses = [...(await text(eager)).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  expect(statuses).toHaveLength(100);
  expect(new Set(statuses)).toEqual(new Set(['200', '503']));
  expect(statuses.filter((status) => status === '200').length).toBeGreaterThanOrEqual(10);
});

it('what is under way at a stop comes to its end', async () => {
  const { database, url, close } = await startApi();
  const owner = { tenantId: TENANT_HEADERS.TENANT_ID, ownerId: 9n };
  await database.owner.create({ data: owner });
  let answer: Promise<Answer> | undefined;
  let closed: Promise<void> | undefined;
  await database.$transaction(async (transaction) => {
    await transaction.$queryRawUnsafe('SELECT 1 FROM owner FOR UPDATE');
    answer = ask(`${url}/api/pets`, { method: 'POST', body: petDocument({ ownerId: 9, templateId: 1 }) });
    // Until it waits for the lock that is held here.
    const waits = 'SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted';
    for (;;) {
      const [row] = await transaction.$queryRawUnsafe<{ waiting: number }[]>(waits);
      if (row?.waiting !== 0) break;
      await delay(10);
    }
    closed = close();
  });
  expect((await answer)?.status).toBe(201);
  await closed;
});

it('there are so many connections and no more; one that ends makes room', async () => {
  const all = await Promise.all(Array.from({ length: 1_000 }, () => open()));
  const tooMany = await open();
  await once(tooMany, 'close');
  const [first] = all;
  first?.destroy();
  const answer = async () => (await ask(`${api.url}/livez`).catch(() => undefined))?.status === 200;
  for (const until = Date.now() + 3_000; !(await answer()); await delay(20)) {
    if (Date.now() > until) throw new Error('no room was made');
  }
});
