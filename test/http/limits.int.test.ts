/** What one client may cost. */
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

/** @param half whether our side stays open when the other has ended. */
async function open(half = false, url = api.url): Promise<Socket> {
  const { hostname, port } = new URL(url);
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

const OWNER = { tenantId: TENANT_HEADERS.TENANT_ID, ownerId: 9n };
const createFor = (url: string, ownerId = 9) =>
  ask(`${url}/api/pets`, { method: 'POST', body: petDocument({ ownerId, templateId: 1 }) });

it('what is under way at a stop comes to its end', async () => {
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

/** Asks for `path` on a connection of its own and takes nothing of the answer. */
async function hold(path: string): Promise<Socket> {
  const socket = await open();
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: pets\r\n\r\n`);
  return socket;
}

it('clients that take no answer leave room for probes', async () => {
  const held = await Promise.all(Array.from({ length: 900 }, (_, n) => hold(n % 2 === 0 ? '/contract' : '/metrics')));
  for (const path of ['/livez', '/readyz']) expect((await ask(`${api.url}${path}`)).status).toBe(200);
  const statuses = await Promise.all(
    held.map(async (socket) => {
      const [head] = (await once(socket.resume(), 'data')) as [Buffer];
      return /^HTTP\/1\.1 (\d+)/.exec(head.toString('latin1'))?.[1];
    }),
  );
  expect(new Set(statuses)).toContain('200');
  for (const socket of held) socket.destroy();
});

it('probes that wait behind a slow answer on their connections leave room for others', async () => {
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

it('connections that come faster than they are accepted lose nothing', async () => {
  const instance = await startInstance({
    ...process.env,
    KAFKA_BROKERS: '127.0.0.1:1',
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
  });
  const isAlive = async () => (await fetch(`${instance.url}/livez`).catch(() => undefined))?.ok === true;
  await until('it does not start', isAlive);
  // The kernel takes no more than this.
  const most = Number(await readFile('/proc/sys/net/core/somaxconn', 'utf8'));
  instance.process.kill('SIGSTOP');
  const opened = Array.from({ length: Math.min(900, most) }, () => open(false, instance.url));
  await Promise.all(opened);
  instance.process.kill('SIGCONT');
  expect(await isAlive()).toBe(true);
  await instance.stop();
});

it('resting connections keep nobody out: the one that rests longest makes room', async () => {
  const resting = await Promise.all(Array.from({ length: 1_100 }, () => open()));
  const closed = resting.map((socket) => once(socket.resume(), 'close'));
  for (const path of ['/livez', '/readyz', '/api/characters/1/pets']) {
    expect((await ask(`${api.url}${path}`)).status).toBe(200);
  }
  await Promise.all(closed.slice(0, 100));
  expect(resting.at(-1)?.destroyed).toBe(false);
});

it('a connection with a request in flight is no resting one', async () => {
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

it('what is no HTTP is answered after the requests before it', async () => {
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

it('many requests for one locked owner hold no others', async () => {
  const { database, url, close } = await startApi();
  await database.owner.create({ data: OWNER });
  const locks = await lockOwners(database);
  const answers = Array.from({ length: 30 }, () => createFor(url));
  await locks.waiters(1);
  // Those that are too many are refused while the lock is held.
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
