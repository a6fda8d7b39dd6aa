/** Sends the requests of the Go services to the running service, and reads the events that they consume. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, listed, petDocument } from '../support/api.ts';
import { award, command, header, json, spawn } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Instance } from '../support/instance.ts';
import type { Rig, Seen } from '../support/rig.ts';

let rig: Rig;
let instance: Instance;
beforeAll(async () => {
  rig = await createRig();
  instance = await rig.start();
});
afterAll(() => rig.close());

const GO = { 'User-Agent': 'Go-http-client/1.1', 'Accept-Encoding': 'gzip' };
const get = (path: string) => ask(`${instance.url}${path}`, { headers: GO });
const post = (body: unknown, headers = {}) =>
  ask(`${instance.url}/api/pets`, { method: 'POST', body, headers: { ...GO, ...headers } });
const eventsOf = (seen: readonly Seen[], petId: number) =>
  seen.filter((record) => (json(record) as { petId: number }).petId === petId);

/** Returns the document that Go marshals from a pet of which only these fields are set. */
const goPet = (ownerId: number, cashId = '0') =>
  `{"data":{"type":"pets","id":"0","attributes":{"cashId":${cashId},"templateId":5000017,"name":"","level":0,"closeness":0,` +
  `"fullness":0,"expiration":"0001-01-01T00:00:00Z","ownerId":${String(ownerId)},"slot":0,"x":0,"y":0,"stance":0,"fh":0,` +
  `"excludes":null,"flag":0,"purchaseBy":0}}}`;

describe('the clients inventory and cash shop', () => {
  it('create a pet, and CREATED continues the trace of their request', async () => {
    const traceparent = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { status, json: answer, text } = await post(goPet(6_001, '12345678901234567890'), { traceparent });
    expect(status).toBe(201);
    expect(text).toContain('"cashId":12345678901234567890');
    expect(answer.data.attributes).toMatchObject({ name: 'Pet', level: 1, fullness: 100, slot: -1, fh: 1 });
    const petId = Number(answer.data.id);
    const [event] = eventsOf(await rig.seen((seen) => eventsOf(seen, petId).length === 1), petId);
    if (event === undefined) throw new Error('no event');
    expect(event.value?.toString()).toBe(`{"petId":${String(petId)},"ownerId":6001,"type":"CREATED","body":{}}`);
    expect(event.key?.toString('hex')).toBe('7117000000000000');
    expect(header(event, 'traceparent')).toBe(traceparent);
    expect(header(event, 'MESSAGE_ID')).toBeDefined();
    expect(header(event, 'SEQUENCE')).toBeDefined();
    expect(event.headers['MAJOR_VERSION']).toEqual(Buffer.from([0, 83]));
    expect((await get(`/api/pets/${String(petId)}`)).json.data.id).toBe(String(petId));
  });
});

describe('the clients channel server, consumables, query aggregator and operators', () => {
  it('read a state that is at least as new as the event that they have just consumed', async () => {
    const petId = Number((await post(goPet(6_002))).json.data.id);
    const closenessEvents = (seen: readonly Seen[]) =>
      eventsOf(seen, petId)
        .map((record) => json(record) as { type: string; body: { closeness: number } })
        .filter(({ type }) => type === 'CLOSENESS_CHANGED');
    for (let count = 1; count <= 20; count += 1) {
      await rig.send([{ ...command(award(petId, 1)), partition: count % 4 }]);
      const last = closenessEvents(await rig.seen((seen) => closenessEvents(seen).length === count)).at(-1);
      const { attributes } = (await get(`/api/pets/${String(petId)}`)).json.data;
      expect(attributes['closeness']).toBeGreaterThanOrEqual(last?.body.closeness ?? NaN);
    }
  });

  it('list the pets of a character, by pages, and at a path with a doubled slash', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.push((await post(goPet(6_003))).json.data.id);
    await rig.send([command(spawn(6_003, Number(ids[2])))]);
    await rig.settled();
    const expectedIds = [ids[2], ids[0], ids[1]];
    for (const path of ['/api/characters/6003/pets', '/api//characters/6003/pets']) {
      expect(listed((await get(path)).json).map(({ id }) => id)).toEqual(expectedIds);
    }
    const page = await get('/api/characters/6003/pets?page[number]=2&page[size]=2');
    expect(listed(page.json).map(({ id }) => id)).toEqual([ids[1]]);
    expect(page.json.meta).toEqual({ total: 3, page: { number: 2, size: 2, last: 2 } });
  });
});

describe('the order of the events of an owner', () => {
  it('follows SEQUENCE if requests and commands cause the events at the same time', async () => {
    const owners = Array.from({ length: 20 }, (_, index) => 6_100 + index);
    const known = Number((await post(petDocument({ ownerId: 6_099, templateId: 5_000_017 }))).json.data.id);
    const requests = owners.flatMap((owner) => [post(goPet(owner)), post(goPet(owner)), post(goPet(6_099))]);
    await rig.send(Array.from({ length: 60 }, (_, index) => ({ ...command(award(known, 1)), partition: index % 4 })));
    const created = await Promise.all(requests);
    expect(created.map(({ status }) => status)).toEqual(created.map(() => 201));
    expect(new Set(created.map(({ json: { data } }) => data.id)).size).toBe(60);

    const seen = (await rig.settled()).filter(({ channel }) => channel === 'petStatus');
    for (const owner of [...owners, 6_099]) {
      const ofOwner = seen.filter((record) => (json(record) as { ownerId: number }).ownerId === owner);
      const sequences = ofOwner.map((record) => BigInt(header(record, 'SEQUENCE') ?? -1));
      expect(sequences).toEqual(sequences.toSorted((a, b) => (a < b ? -1 : 1)));
      const createdEvents = ofOwner.filter((record) => (json(record) as { type: string }).type === 'CREATED');
      expect(createdEvents).toHaveLength(owner === 6_099 ? 21 : 2);
    }
    expect(await rig.database.outbox.count()).toBe(0);
  });
});

describe('the paths outside of the API', () => {
  it('have pages for people and metrics for Prometheus', async () => {
    const home = await ask(`${instance.url}/`);
    expect(home.headers.get('content-type')).toMatch(/^text\/html/);
    for (const [, path] of home.text.matchAll(/href="([^"]+)"/g)) {
      expect([path, (await ask(`${instance.url}${path ?? ''}`)).status]).toEqual([path, 200]);
    }
    expect((await ask(`${instance.url}/contract`)).text).toContain('id="message-Spawn"');
    expect((await ask(`${instance.url}/contract/asyncapi.yaml`)).text).toMatch(/^asyncapi: 3/);
    const { text } = await ask(`${instance.url}/metrics`);
    expect(text).toMatch(/^pets_records_total\{topic="\S+COMMAND_TOPIC_PET",outcome="changed"\} \d+$/m);
    expect(text).toMatch(/^pets_published_total\{channel="petStatus"\} \d+$/m);
    expect(text).toMatch(/^pets_http_seconds_count\{method="POST",route="\/api\/pets",status="201"\} \d+$/m);
    expect(text).toMatch(/^pets_ready\{part="consumer"\} 1$/m);
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
  });
});
