/** What the service offers by HTTP, on a real database. */
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, listed, petDocument, startApi, TENANT_HEADERS } from '../support/api.ts';
import type { Api, Ask, Document } from '../support/api.ts';

const OTHER_TENANT = 'aaaaaaaa-c47c-42a6-9585-76492795d123';
const MINIMAL = { ownerId: 12_340, templateId: 5_000_017 };
const DAY = 24 * 60 * 60 * 1_000;

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterEach(() => {
  api.full = undefined;
});
afterAll(() => api.close());

const get = (path: string, options: Ask = {}) => ask(`${api.url}${path}`, options);
const post = (body: unknown, path = '/api/pets', options: Ask = {}) =>
  ask(`${api.url}${path}`, { method: 'POST', body, ...options });

/** The one error of an answer, as status, code and place. */
function errorOf({ status, headers, json }: Awaited<ReturnType<typeof ask>>) {
  expect(headers.get('content-type')).toBe('application/vnd.api+json');
  const [error] = json.errors;
  if (error === undefined || json.errors.length > 1) throw new Error(JSON.stringify(json));
  expect(error.detail).toMatch(/\.$/);
  expect(error.status).toBe(String(status));
  const [[, place] = []] = Object.entries(error.source ?? {});
  return [status, error.code, place].filter((one) => one !== undefined);
}

describe('creating a pet', () => {
  it('answers 201 with the pet, its defaults, and where it is', async () => {
    const { status, headers, json } = await post(petDocument(MINIMAL));
    expect(status).toBe(201);
    expect(headers.get('content-type')).toBe('application/vnd.api+json');
    expect(headers.get('location')).toBe(`/api/pets/${json.data.id}`);
    expect(json.data).toEqual({
      type: 'pets',
      id: expect.stringMatching(/^[1-9]\d*$/),
      attributes: {
        cashId: 0,
        templateId: 5_000_017,
        name: 'Pet',
        level: 1,
        closeness: 0,
        fullness: 100,
        expiration: new Date(api.now + 90 * DAY).toISOString(),
        ownerId: 12_340,
        slot: -1,
        x: 0,
        y: 0,
        stance: 0,
        fh: 1,
        excludes: [],
        flag: 0,
        purchaseBy: 0,
      },
    });
    expect((await get(`/api/pets/${json.data.id}`)).json).toEqual(json);
  });

  it('keeps what is said, and drops what a new pet cannot have', async () => {
    const said = {
      ...MINIMAL,
      name: '🐕'.repeat(13),
      level: 30,
      closeness: 30_000,
      fullness: 1,
      expiration: '2020-02-29T12:00:00.5+02:00',
      flag: 65_535,
      purchaseBy: 4_294_967_295,
    };
    const dropped = { slot: 2, x: 5, y: 5, stance: 5, fh: 5, excludes: [{ itemId: 1 }], more: {} };
    const { json } = await post(petDocument({ ...said, ...dropped }, { id: '0' }));
    const attributes = { ...said, expiration: '2020-02-29T10:00:00.500Z', slot: -1, x: 0, fh: 1, excludes: [] };
    expect(json.data.attributes).toMatchObject(attributes);
    expect((await get(`/api/pets/${json.data.id}`)).json.data.attributes).toMatchObject(attributes);
  });

  it.each([
    ['empty and zero values', { name: '', level: 0, fullness: 0, closeness: 0, cashId: 0, expiration: '0001-01-01T00:00:00Z', flag: 0, purchaseBy: 0 }], // prettier-ignore
    ['null', { name: null, level: null, fullness: null, cashId: null, expiration: null, excludes: null, slot: null }],
    ['a level that there is not', { level: 31 }],
    ['a level that there is not', { level: -1_000 }],
  ])('%s: the defaults count', async (_name, attributes) => {
    const { status, json } = await post(petDocument({ ...MINIMAL, ...attributes }));
    expect(status).toBe(201);
    const expiration = new Date(api.now + 90 * DAY).toISOString();
    expect(json.data.attributes).toMatchObject({
      name: 'Pet',
      level: 1,
      fullness: 100,
      cashId: 0,
      expiration,
      slot: -1,
    });
  });

  it('cashId 1.0 is an integer', async () => {
    const { status, text } = await post('{"data":{"type":"pets","attributes":{"ownerId":1,"templateId":1,"cashId":18446744073709551615.0}}}'); // prettier-ignore
    expect({ status, exact: text.includes('"cashId":18446744073709551615,') }).toEqual({ status: 201, exact: true });
  });

  it.each(['0', '1', '9007199254740993', '9223372036854775808', '18446744073709551615'])(
    'cashId %s is exact to the last digit',
    async (cashId) => {
      const body = `{"data":{"type":"pets","attributes":{"ownerId":1,"templateId":5000000,"cashId":${cashId}}}}`;
      const { status, text, json } = await post(body);
      expect(status).toBe(201);
      expect(text).toContain(`"cashId":${cashId},`);
      expect((await get(`/api/pets/${json.data.id}`)).text).toContain(`"cashId":${cashId},`);
      expect((await get('/api/characters/1/pets')).text).toContain(`"cashId":${cashId},`);
    },
  );

  it('tells CREATED under the same commit, with tenant and trace of the request', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { traceparent, tracestate: 'vendor=1', TENANT_ID: TENANT_HEADERS.TENANT_ID.toUpperCase(), MAJOR_VERSION: '65535' }; // prettier-ignore
    const { json } = await post(petDocument(MINIMAL), '/api/pets', { headers });
    const told = api.told.at(-1);
    expect(told).toMatchObject({ stream: `${TENANT_HEADERS.TENANT_ID}/12340`, channel: 'petStatus' });
    expect(told?.record.value?.toString()).toBe(`{"petId":${json.data.id},"ownerId":12340,"type":"CREATED","body":{}}`);
    expect(told?.record.key?.toString('hex')).toBe('3430000000000000');
    expect(told?.record.headers).toEqual({
      TENANT_ID: TENANT_HEADERS.TENANT_ID,
      REGION: 'GMS',
      MAJOR_VERSION: Buffer.from('ffff', 'hex'),
      MINOR_VERSION: Buffer.from('0001', 'hex'),
      traceparent,
      tracestate: 'vendor=1',
    });
    expect(await api.database.outbox.count({ where: { id: told?.id ?? 0n } })).toBe(1);
  });

  it('for the character of the path', async () => {
    const without = await post(petDocument({ templateId: 5_000_017 }), '/api/characters/77/pets');
    expect(without.json.data.attributes['ownerId']).toBe(77);
    const same = await post(petDocument({ ...MINIMAL, ownerId: 77 }), '/api/characters/77/pets');
    expect(same.status).toBe(201);
  });
});

describe('a body is refused', () => {
  const att = (name: string) => `/data/attributes/${name}`;
  it.each([
    ['no JSON', '{"data":', 400, 'BODY_INVALID', ''],
    ['no UTF-8', Buffer.from([0x7b, 0xff]), 400, 'BODY_INVALID', ''],
    ['no object', '7', 400, 'BODY_INVALID', ''],
    ['null', 'null', 400, 'BODY_INVALID', ''],
    ['no data', {}, 400, 'BODY_INVALID', '/data'],
    ['data that is null', { data: null }, 400, 'BODY_INVALID', '/data'],
    ['several pets', { data: [] }, 400, 'BODY_INVALID', '/data'],
    ['no type', { data: { attributes: MINIMAL } }, 400, 'BODY_INVALID', '/data/type'],
    ['no attributes', { data: { type: 'pets' } }, 400, 'BODY_INVALID', '/data/attributes'],
    ['another type', { data: { type: 'cats', attributes: MINIMAL } }, 409, 'TYPE_CONFLICT', '/data/type'],
    ['an id', petDocument(MINIMAL, { id: '7' }), 409, 'ID_CONFLICT', '/data/id'],
    ['an id that is no text', petDocument(MINIMAL, { id: 0 }), 400, 'BODY_INVALID', '/data/id'],
    ['no owner', petDocument({ templateId: 1 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('ownerId')],
    ['owner 0', petDocument({ ...MINIMAL, ownerId: 0 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('ownerId')],
    [
      'an owner too large',
      petDocument({ ...MINIMAL, ownerId: 2 ** 32 }),
      422,
      'ATTRIBUTE_OUT_OF_RANGE',
      att('ownerId'),
    ],
    ['an owner as text', petDocument({ ...MINIMAL, ownerId: '7' }), 400, 'ATTRIBUTE_INVALID', att('ownerId')],
    ['template 0', petDocument({ ...MINIMAL, templateId: 0 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('templateId')],
    ['no template', petDocument({ ownerId: 7 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('templateId')],
    ['a long name', petDocument({ ...MINIMAL, name: 'x'.repeat(14) }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('name')],
    ['a name with NUL', petDocument({ ...MINIMAL, name: 'a\0' }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('name')],
    ['half a character', '{"data":{"type":"pets","attributes":{"ownerId":1,"templateId":1,"name":"\\ud83d"}}}', 422, 'ATTRIBUTE_OUT_OF_RANGE', att('name')], // prettier-ignore
    ['a name that is a number', petDocument({ ...MINIMAL, name: 7 }), 400, 'ATTRIBUTE_INVALID', att('name')],
    ['half a level', petDocument({ ...MINIMAL, level: 1.5 }), 400, 'ATTRIBUTE_INVALID', att('level')],
    [
      'closeness 30001',
      petDocument({ ...MINIMAL, closeness: 30_001 }),
      422,
      'ATTRIBUTE_OUT_OF_RANGE',
      att('closeness'),
    ],
    ['closeness -1', petDocument({ ...MINIMAL, closeness: -1 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('closeness')],
    ['fullness 101', petDocument({ ...MINIMAL, fullness: 101 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('fullness')],
    ['flag 65536', petDocument({ ...MINIMAL, flag: 65_536 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('flag')],
    ['no time', petDocument({ ...MINIMAL, expiration: '2026-02-03' }), 400, 'ATTRIBUTE_INVALID', att('expiration')],
    ...['2026-02-30T00:00:00Z', '2026-04-31T00:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T00:60:00Z', '2025-02-29T00:00:00Z', '9999-12-31T23:59:59-14:00', '0000-01-01T00:00:00+14:00'].map((expiration) => [`the time ${expiration}`, petDocument({ ...MINIMAL, expiration }), 400, 'ATTRIBUTE_INVALID', att('expiration')] as const), // prettier-ignore
    ['a place that is text', petDocument({ ...MINIMAL, x: 'a' }), 400, 'ATTRIBUTE_INVALID', att('x')],
    ['excludes that are no list', petDocument({ ...MINIMAL, excludes: 7 }), 400, 'ATTRIBUTE_INVALID', att('excludes')],
    ['a time without a zone', petDocument({ ...MINIMAL, expiration: '2026-02-03T00:00:00' }), 400, 'ATTRIBUTE_INVALID', att('expiration')], // prettier-ignore
    ['cashId 2^64', '{"data":{"type":"pets","attributes":{"ownerId":1,"templateId":1,"cashId":18446744073709551616}}}', 422, 'ATTRIBUTE_OUT_OF_RANGE', att('cashId')], // prettier-ignore
    ['cashId of 60 digits', `{"data":{"type":"pets","attributes":{"ownerId":1,"templateId":1,"cashId":${'9'.repeat(60)}}}}`, 422, 'ATTRIBUTE_OUT_OF_RANGE', att('cashId')], // prettier-ignore
    ['cashId 9007199254740991.4', '{"data":{"type":"pets","attributes":{"ownerId":1,"templateId":1,"cashId":9007199254740991.4}}}', 400, 'ATTRIBUTE_INVALID', att('cashId')], // prettier-ignore
    ['lists in lists in lists', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 400, 'BODY_INVALID', ''],
    ['cashId -1', petDocument({ ...MINIMAL, cashId: -1 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('cashId')],
    ['cashId as text', petDocument({ ...MINIMAL, cashId: '1' }), 400, 'ATTRIBUTE_INVALID', att('cashId')],
    ['cashId 0.5', petDocument({ ...MINIMAL, cashId: 0.5 }), 400, 'ATTRIBUTE_INVALID', att('cashId')],
  ])('%s', async (_name, body, ...wanted) => {
    const already = api.told.length;
    expect(errorOf(await post(body))).toEqual(wanted);
    expect(api.told).toHaveLength(already);
  });

  it('with everything that is wrong with it; the gravest decides', async () => {
    const { status, json } = await post(petDocument({ ownerId: 'x', templateId: 0, name: 'x'.repeat(99), flag: -1 }));
    expect(status).toBe(400);
    expect(json.errors.map(({ status: one, source }) => [one, source?.['pointer']]).sort()).toEqual([
      ['400', '/data/attributes/ownerId'],
      ['422', '/data/attributes/flag'],
      ['422', '/data/attributes/name'],
      ['422', '/data/attributes/templateId'],
    ]); // prettier-ignore
  });

  it('a conflict is graver than a broken rule', async () => {
    const statusOf = async (body: unknown, path?: string) => (await post(body, path)).status;
    expect(await statusOf({ data: { type: 'cats', attributes: { ownerId: 1 } } })).toBe(409);
    expect(await statusOf(petDocument({ ...MINIMAL, templateId: 0 }, { id: '5' }))).toBe(409);
    expect(await statusOf(petDocument({ ownerId: 78, templateId: 0 }), '/api/characters/77/pets')).toBe(409);
    expect(await statusOf(petDocument({ templateId: 0 }), '/api/characters/x/pets')).toBe(400);
  });

  it('of another owner than the path has', async () => {
    const answer = await post(petDocument({ ...MINIMAL, ownerId: 78 }), '/api/characters/77/pets');
    expect(errorOf(answer)).toEqual([409, 'OWNER_CONFLICT', '/data/attributes/ownerId']);
    const nobody = await post(petDocument({ templateId: 1 }), '/api/characters/0/pets');
    expect(errorOf(nobody)).toEqual([422, 'ATTRIBUTE_OUT_OF_RANGE', '/data/attributes/ownerId']);
  });

  it('that is too large, or of a type that cannot be read', async () => {
    const large = petDocument({ ...MINIMAL, name: 'x'.repeat(70_000) });
    expect(errorOf(await post(large))).toEqual([413, 'BODY_TOO_LARGE']);
    const headers = { 'Content-Type': 'text/plain' };
    expect(errorOf(await post('x', '/api/pets', { headers }))).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED', 'Content-Type']);
    for (const type of ['application/json', 'application/vnd.api+json; charset=utf-8']) {
      const { status } = await post(petDocument(MINIMAL), '/api/pets', { headers: { 'Content-Type': type } });
      expect(status).toBe(201);
    }
  });

  it('while events cannot leave', async () => {
    api.full = '100000 events wait for the broker, the oldest for 61 s';
    const answer = await post(petDocument(MINIMAL));
    expect(errorOf(answer)).toEqual([503, 'OVERLOADED']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await get('/api/pets/1')).status).not.toBe(503);
  });
});

describe('a tenant', () => {
  it.each([
    ['TENANT_ID', ''],
    ['TENANT_ID', 'x'],
    ['REGION', ''],
    ['REGION', 'GMß'],
    ['MAJOR_VERSION', ''],
    ['MAJOR_VERSION', '65536'],
    ['MAJOR_VERSION', '-1'],
    ['MINOR_VERSION', '1.0'],
  ])('with %s %p is refused, first of all', async (name, value) => {
    expect(errorOf(await get('/api/pets/x', { headers: { [name]: value } }))).toEqual([400, 'TENANT_INVALID', name]);
    expect(errorOf(await post('{', '/api/pets', { headers: { [name]: value } }))).toEqual([
      400,
      'TENANT_INVALID',
      name,
    ]);
  });

  it('that is not there is refused', async () => {
    const response = await fetch(`${api.url}/api/pets/1`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ source: { header: 'TENANT_ID' } }] });
  });

  it('that is there twice is refused', async () => {
    const headers = [...Object.entries({ ...TENANT_HEADERS, Host: 'pets' }), ['REGION', 'GMS']].flat();
    const [response] = (await once(request(`${api.url}/api/pets/1`, { headers }).end(), 'response')) as [
      IncomingMessage,
    ];
    expect(response.statusCode).toBe(400);
    expect(JSON.parse(await text(response))).toMatchObject({ errors: [{ source: { header: 'REGION' } }] });
  });

  it('never sees what another has', async () => {
    const { json } = await post(petDocument({ ...MINIMAL, ownerId: 900 }));
    const headers = { TENANT_ID: OTHER_TENANT };
    expect(errorOf(await get(`/api/pets/${json.data.id}`, { headers }))).toEqual([404, 'PET_NOT_FOUND']);
    expect((await get('/api/characters/900/pets', { headers })).json.meta.total).toBe(0);
    expect((await get('/api/characters/900/pets')).json.meta.total).toBe(1);
  });
});

describe('reading', () => {
  it.each(['x', '1'.repeat(300), '-1', '4294967296', '1.0', '0x1', '1e3', '%00'])('an id %s is refused', async (id) => {
    expect(errorOf(await get(`/api/pets/${id}`))).toEqual([400, 'ID_INVALID']);
    expect(errorOf(await get(`/api/characters/${id}/pets`))).toEqual([400, 'ID_INVALID']);
  });

  it('a pet that there is not is 404, a path too', async () => {
    expect(errorOf(await get('/api/pets/4294967295'))).toEqual([404, 'PET_NOT_FOUND']);
    expect(errorOf(await get('/api/cats'))).toEqual([404, 'PATH_NOT_FOUND']);
    expect(errorOf(await post('{', '/api/pet'))).toEqual([404, 'PATH_NOT_FOUND']);
    expect(errorOf(await get('/api/pets/1', { method: 'DELETE' }))).toEqual([404, 'PATH_NOT_FOUND']);
  });

  it('what the database has: slot, excludes, no expiration', async () => {
    const { json } = await post(petDocument(MINIMAL));
    const id = BigInt(json.data.id);
    await api.database.pet.update({ where: { id }, data: { slot: 2, excludes: [5n, 4n], expiration: null } });
    expect((await get(`/api/pets/${json.data.id}`)).json.data.attributes).toMatchObject({
      slot: 2,
      excludes: [{ itemId: 5 }, { itemId: 4 }],
      expiration: '0001-01-01T00:00:00Z',
    });
  });
});

describe('a list', () => {
  const OWNER = 555;
  const path = `/api/characters/${String(OWNER)}/pets`;
  const page = (number: number, size: number) => `${path}?page[number]=${String(number)}&page[size]=${String(size)}`;
  let ids: string[];
  beforeAll(async () => {
    ids = [];
    for (let count = 0; count < 7; count += 1) {
      ids.push((await post(petDocument({ ...MINIMAL, ownerId: OWNER }))).json.data.id);
    }
    for (const [slot, index] of [4, 2, 6].entries()) {
      await api.database.pet.update({ where: { id: BigInt(ids[index] ?? 0) }, data: { slot } });
    }
  });
  const order = () => [4, 2, 6, 0, 1, 3, 5].map((index) => ids[index]);
  const idsOf = (json: Document) => listed(json).map(({ id }) => id);

  it('has the spawned pets first, by slot, then the others by id', async () => {
    const { status, json } = await get(path);
    expect(status).toBe(200);
    expect(idsOf(json)).toEqual(order());
    expect(json.meta).toEqual({ total: 7, page: { number: 1, size: 250, last: 1 } });
    expect(Object.keys(json.links)).toEqual(['self']);
  });

  it('comes by pages, each with links to those beside it', async () => {
    const seen: string[] = [];
    let next: string | undefined = page(1, 3);
    for (let number = 1; next !== undefined; number += 1) {
      const { json }: Awaited<ReturnType<typeof get>> = await get(next);
      seen.push(...idsOf(json));
      expect(json.meta).toEqual({ total: 7, page: { number, size: 3, last: 3 } });
      expect('prev' in json.links).toBe(number > 1);
      next = json.links['next'];
    }
    expect(seen).toEqual(order());
  });

  it('beyond its last page is empty, and leads back', async () => {
    const { json } = await get(page(9, 3));
    expect(json.data).toEqual([]);
    expect((await get(json.links['prev'] ?? '')).json.meta.page['number']).toBe(3);
    const nothing = (await get('/api/characters/556/pets')).json;
    expect(nothing).toMatchObject({ data: [], meta: { total: 0, page: { number: 1, last: 1 } } });
  });

  it.each([
    ['page[size]=0', 'page[size]'],
    ['page[size]=1001', 'page[size]'],
    ['page[size]=x', 'page[size]'],
    ['page[number]=0', 'page[number]'],
    ['page[number]=-1', 'page[number]'],
    ['page[number]=1&page[number]=2', 'page[number]'],
    ['page%5Bnumber%5D=', 'page[number]'],
  ])('%s is refused', async (query, parameter) => {
    expect(errorOf(await get(`${path}?${query}`))).toEqual([400, 'PAGE_INVALID', parameter]);
  });

  it('is found behind doubled slashes too', async () => {
    expect(idsOf((await get(`/api//characters/${String(OWNER)}//pets`)).json)).toEqual(order());
    expect(idsOf((await get(`${path}/`)).json)).toEqual(order());
  });
});
