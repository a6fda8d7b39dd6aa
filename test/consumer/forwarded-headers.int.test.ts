/** Which headers of a message its events and requests have, and how large these may be. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { ask, petDocument } from '../support/api.ts';
import { award, character, command, createPets, header, json, spawn } from '../support/commands.ts';
import type { Instance } from '../support/instance.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Sendable, Seen } from '../support/rig.ts';

/** Invalid UTF-8, and bytes with a meaning in HTTP. */
const BYTES = Buffer.from([0xff, 0x20, 0x2c, 0x0d, 0x0a, 0x61]);
const LOGIN = { type: 'LOGIN', body: { channelId: 1, mapId: 100 } };

let rig: Rig;
let instance: Instance;
let characters: Server;
/** The ENVIRONMENT headers of the requests to the characters service. */
const requestHeaders: (string | undefined)[] = [];
let owner = 30_000;
let seenBefore = 0;
beforeAll(async () => {
  characters = createServer((request, response) => {
    requestHeaders.push(request.headers['environment'] as string | undefined);
    response.writeHead(404).end();
  });
  characters.listen(0, '127.0.0.1');
  await once(characters, 'listening');
  rig = await createRig();
  instance = await rig.start({
    CHARACTERS_BASE_URL: `http://127.0.0.1:${(characters.address() as AddressInfo).port}`,
    FORWARDED_HEADERS: 'ENVIRONMENT,X-Shard',
    HUNGER_INTERVAL_MS: '500',
  });
});
afterAll(async () => {
  await rig.close();
  characters.close();
});
beforeEach(async () => {
  owner += 1;
  seenBefore = (await rig.settled()).length;
});

const withHeaders = (record: Sendable, headers: object): Sendable => {
  return { ...record, headers: { ...record.headers, ...headers } };
};
const newRecords = async () => (await rig.settled()).slice(seenBefore);
const typeOf = (record: Seen) => (json(record) as { type: string }).type;

it('forwards a named header, bytes unchanged, to events and requests', async () => {
  const [petId = 0] = await createPets(rig.database, owner, 1);
  await rig.send([
    withHeaders(command(spawn(owner, petId)), { ENVIRONMENT: BYTES, 'X-Shard': ['a', 'b'], other: 'x' }),
  ]);
  const events = await newRecords();
  expect(events.map(typeOf)).toEqual(['SLOT_CHANGED', 'SPAWNED']);
  for (const { headers } of events) {
    expect(headers).toMatchObject({ ENVIRONMENT: BYTES });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['X-Shard']));
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['other']));
  }
  expect(requestHeaders).toEqual(['\u00ff ,%0D%0Aa']);
});

it('forwards a header of at most 256 bytes to a rejection', async () => {
  const long = Buffer.alloc(256, 0x61);
  const headers = { ENVIRONMENT: Buffer.alloc(257, 0x61), 'X-Shard': long };
  await rig.send([withHeaders(command(award(4_000_000_000, 1)), headers)]);
  const [rejection] = await newRecords();
  expect(rejection?.channel).toBe('petCommandStatus');
  expect(rejection?.headers['X-Shard']).toEqual(long);
  expect(Object.keys(rejection?.headers ?? {})).not.toContain('ENVIRONMENT');
});

it('forwards a header of an HTTP request to CREATED', async () => {
  const headers = { environment: 'ü', 'x-shard': '7' };
  const body = petDocument({ ownerId: owner, templateId: 5_000_017 });
  const { status } = await ask(`${instance.url}/api/pets`, { method: 'POST', headers, body });
  expect(status).toBe(201);
  const [created] = await newRecords();
  expect(created?.headers).toMatchObject({ ENVIRONMENT: Buffer.from('ü', 'latin1'), 'X-Shard': Buffer.from('7') });
});

it('forwards the header of the last record to the events of sweeps', async () => {
  const [petId = 0] = await createPets(rig.database, owner, 1);
  await rig.database.pet.update({ where: { id: petId }, data: { slot: 0, templateId: 5_000_017n } });
  await rig.send([withHeaders(character(owner, LOGIN), { ENVIRONMENT: BYTES })], characterStatus);
  // An HTTP request does not replace the headers of a record.
  const body = petDocument({ ownerId: owner, templateId: 5_000_017 });
  const headers = { environment: 'other', REGION: 'EVIL' };
  expect((await ask(`${instance.url}/api/pets`, { method: 'POST', headers, body })).status).toBe(201);
  const isHungry = (record: Seen) => typeOf(record) === 'FULLNESS_CHANGED' && header(record, 'REGION') !== undefined;
  const seen = await rig.seen((records) => records.slice(seenBefore).some(isHungry));
  expect(seen.slice(seenBefore).find(isHungry)?.headers).toMatchObject({
    ENVIRONMENT: BYTES,
    REGION: Buffer.from('GMS'),
  });
  await rig.send([character(owner, { type: 'LOGOUT', body: LOGIN.body })], characterStatus);
});

it('drops baggage of 900 kB, and handles its message and all others', async () => {
  const [other = 0] = await createPets(rig.database, owner + 1_000, 1);
  await createPets(rig.database, owner, 450);
  const large = { baggage: Buffer.alloc(900_000, 'k=v,'), tracestate: Buffer.alloc(900, 'v=1,') };
  await rig.send([withHeaders(character(owner, { type: 'DELETED' }), large)], characterStatus);
  await rig.send([withHeaders(command(award(other, 1)), { baggage: 'k=v' })]);
  const events = Map.groupBy(await newRecords(), typeOf);
  const deleted = events.get('DELETED') ?? [];
  expect(deleted.length).toBe(450);
  for (const event of deleted) expect(Object.keys(event.headers)).not.toContain('baggage');
  for (const event of deleted) expect(Object.keys(event.headers)).not.toContain('tracestate');
  expect(events.get('CLOSENESS_CHANGED')?.map((event) => header(event, 'baggage'))).toEqual(['k=v']);
});
