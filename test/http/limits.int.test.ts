/** Limits on the resources that one client may use. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ask, petDocument, startApi, TENANT_HEADERS } from '../support/api.ts';
import type { Api } from '../support/api.ts';
import { startInstance } from '../support/instance.ts';
import { lockOwners } from '../support/locks.ts';
import { until } from '../support/until.ts';

let api: Api;
const sockets: Socket[] = [];
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await api.close();
});

/** @param half whether the client's side stays open after the server has closed its own. */
async function open(half = false, url = api.url): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: half });
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

it('answers 408 to a request that does not end, and continues to answer others', async () => {
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

it('closes both directions of a connection whose client does not close it', async () => {
  const garbage = await open(true);
  garbage.write('GARBAGE\r\n\r\n');
  // The client's side stays open; the server must not wait for it.
  const silent = await open(true);
  silent.write('GET /livez HTTP/1.1\r\n');
  for (const socket of [garbage, silent]) {
    let closed = false;
    socket.resume().on('close', () => (closed = true));
    // A closed socket answers writes with a reset; a half-open one would accept them.
    for (; !closed; await delay(20)) socket.write('x');
  }
});

it('limits the requests in progress on one connection', async () => {
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

const OWNER = { tenantId: TENANT_HEADERS.TENANT_ID, ownerId: 9n };
const createFor = (url: string, ownerId = 9) =>
  ask(`${url}/api/pets`, { method: 'POST', body: petDocument({ ownerId, templateId: 1 }) });

it('finishes the requests in progress when it stops', async () => {
  const { database, url, close } = await startApi();
  await database.owner.create({ data: OWNER });
  const locks = await lockOwners(database);
  const answer = createFor(url);
  await locks.waiters(1);
  const closed = close();
  await locks.release();
  expect((await answer).status).toBe(201);
  await closed;
});

/** Requests `path` on a connection of its own, and reads nothing of the answer. */
async function askWithoutReading(path: string): Promise<Socket> {
  const socket = await open();
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: pets\r\n\r\n`);
  return socket;
}

it('answers probes while 900 clients do not read their answers', async () => {
  const unread = await Promise.all(
    Array.from({ length: 900 }, (_, n) => askWithoutReading(n % 2 === 0 ? '/contract' : '/metrics')),
  );
  for (const path of ['/livez', '/readyz']) expect((await ask(`${api.url}${path}`)).status).toBe(200);
  const statuses = await Promise.all(
    unread.map(async (socket) => {
      const [head] = (await once(socket.resume(), 'data')) as [Buffer];
      return /^HTTP\/1\.1 (\d+)/.exec(head.toString('latin1'))?.[1];
    }),
  );
  expect(new Set(statuses)).toContain('200');
  for (const socket of unread) socket.destroy();
});

it('answers probes while others wait behind slow answers on their connections', async () => {
  const { database, url, close } = await startApi();
  const ownerIds = [11, 12, 13];
  for (const ownerId of ownerIds) await database.owner.create({ data: { ...OWNER, ownerId: BigInt(ownerId) } });
  const locks = await lockOwners(database);
  const tenant = Object.entries(TENANT_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  for (let n = 0; n < 60; n += 1) {
    const body = JSON.stringify(petDocument({ ownerId: ownerIds[n % ownerIds.length], templateId: 1 }));
    const post = `POST /api/pets HTTP/1.1\r\nHost: pets\r\n${tenant.join('')}Content-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`;
    const socket = await open(false, url);
    socket.write(post + 'GET /livez HTTP/1.1\r\nHost: pets\r\n\r\n'.repeat(2));
  }
  await locks.waiters(ownerIds.length);
  for (const path of ['/livez', '/readyz']) expect((await ask(`${url}${path}`)).status).toBe(200);
  await locks.release();
  await close();
});

it('answers after 900 connections that came faster than it could accept them', async () => {
  const instance = await startInstance({
    ...process.env,
    KAFKA_BROKERS: '127.0.0.1:1',
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
  });
  const isAlive = async () => (await fetch(`${instance.url}/livez`).catch(() => undefined))?.ok === true;
  await until('it does not start', isAlive);
  // The kernel queues no more than this.
  const maxQueued = Number(await readFile('/proc/sys/net/core/somaxconn', 'utf8'));
  instance.process.kill('SIGSTOP');
  const opened = Array.from({ length: Math.min(900, maxQueued) }, () => open(false, instance.url));
  await Promise.all(opened);
  instance.process.kill('SIGCONT');
  expect(await isAlive()).toBe(true);
  await instance.stop();
});

it('closes the connection that has been idle for longest to accept a new one', async () => {
  const idle = await Promise.all(Array.from({ length: 1_100 }, () => open()));
  const closed = idle.map((socket) => once(socket.resume(), 'close'));
  for (const path of ['/livez', '/readyz', '/api/characters/1/pets']) {
    expect((await ask(`${api.url}${path}`)).status).toBe(200);
  }
  await Promise.all(closed.slice(0, 100));
  expect(idle.at(-1)?.destroyed).toBe(false);
});

it('does not take a connection with a request in flight for an idle one', async () => {
  const { database, url, close } = await startApi();
  await database.owner.create({ data: OWNER });
  const locks = await lockOwners(database);
  const answer = createFor(url);
  await locks.waiters(1);
  await Promise.all(Array.from({ length: 1_100 }, () => open(false, url)));
  await locks.release();
  expect((await answer).status).toBe(201);
  for (const socket of sockets) socket.destroy();
  await close();
});

it('answers bytes that are not HTTP after the requests before them', async () => {
  const { database, url, close } = await startApi();
  await database.owner.create({ data: OWNER });
  const locks = await lockOwners(database);
  const socket = await open(false, url);
  const body = JSON.stringify(petDocument({ ownerId: 9, templateId: 1 }));
  const tenant = Object.entries(TENANT_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  const post = `POST /api/pets HTTP/1.1\r\nHost: pets\r\n${tenant.join('')}Content-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`;
  socket.write(`${post}GARBAGE\r\n\r\n`);
  await locks.waiters(1);
  socket.write('GARBAGE\r\n\r\n');
  await locks.release();
  const statuses = [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  expect(statuses).toEqual(['201', '400']);
  await close();
});

it('serves other owners while many requests wait for a locked one', async () => {
  const { database, url, close } = await startApi();
  await database.owner.create({ data: OWNER });
  const locks = await lockOwners(database);
  const answers = Array.from({ length: 30 }, () => createFor(url));
  await locks.waiters(1);
  // Those that are too many are refused while the lock is unread.
  const [refused] = await Promise.all([Promise.race(answers), createFor(url, 10)]);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect((await ask(`${url}/api/characters/10/pets`)).json.meta.total).toBe(1);
  await locks.release();
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  const created = statuses.filter((status) => status === 201).length;
  expect(created).toBeGreaterThan(0);
  expect(statuses.filter((status) => status === 503).length).toBe(30 - created);
  expect(await database.pet.count({ where: OWNER })).toBe(created);
  await close();
});
