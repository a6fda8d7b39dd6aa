/** Creates pets by HTTP, on a real database: promises 2 and 10. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { clientOf, errorOf, MINIMAL, petDocument, startApi, TENANT_HEADERS } from '../support/api.ts';
import type { Api } from '../support/api.ts';

const DAY = 24 * 60 * 60 * 1_000;

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterEach(() => {
  api.full = undefined;
});
afterAll(() => api.close());

const { get, post } = clientOf(() => api);

describe('creating a pet', () => {
  it('answers 201 with the pet, its defaults and its Location', async () => {
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

  it('stores the attributes of the request, and drops those that a new pet cannot have', async () => {
    const requested = {
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
    const { json } = await post(petDocument({ ...requested, ...dropped }, { id: '0' }));
    const attributes = { ...requested, expiration: '2020-02-29T10:00:00.500Z', slot: -1, x: 0, fh: 1, excludes: [] };
    expect(json.data.attributes).toMatchObject(attributes);
    expect((await get(`/api/pets/${json.data.id}`)).json.data.attributes).toMatchObject(attributes);
  });

  it.each([
    ['empty and zero values', { name: '', level: 0, fullness: 0, closeness: 0, cashId: 0, expiration: '0001-01-01T00:00:00Z', flag: 0, purchaseBy: 0 }], // prettier-ignore
    ['null', { name: null, level: null, fullness: null, cashId: null, expiration: null, excludes: null, slot: null }],
    ...['0000-12-31T19:03:58-04:56', '0001-01-01T01:00:00+01:00', '0000-01-01T00:00:00Z', '0001-12-31t23:59:59.999999999z', '0002-01-01T00:30:00+00:45'].map((expiration): [string, object] => [expiration, { expiration }]), // prettier-ignore
    ['a level above the maximum', { level: 31 }],
    ['a negative level', { level: -1_000 }],
  ])('takes the defaults instead of %s', async (_name, attributes) => {
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

  it('accepts an integer with a fraction of zero as cashId', async () => {
    const { status, text } = await post('{"data":{"type":"pets","attributes":{"ownerId":1,"templateId":1,"cashId":18446744073709551615.0}}}'); // prettier-ignore
    expect({ status, exact: text.includes('"cashId":18446744073709551615,') }).toEqual({ status: 201, exact: true });
  });

  it.each(['0', '1', '9007199254740993', '9223372036854775808', '18446744073709551615'])(
    'stores and returns every digit of cashId %s',
    async (cashId) => {
      const body = `{"data":{"type":"pets","attributes":{"ownerId":1,"templateId":5000000,"cashId":${cashId}}}}`;
      const { status, text, json } = await post(body);
      expect(status).toBe(201);
      expect(text).toContain(`"cashId":${cashId},`);
      expect((await get(`/api/pets/${json.data.id}`)).text).toContain(`"cashId":${cashId},`);
      expect((await get('/api/characters/1/pets')).text).toContain(`"cashId":${cashId},`);
    },
  );

  it('commits CREATED with the pet, with tenant and trace of the request', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { traceparent, tracestate: 'vendor=1', TENANT_ID: TENANT_HEADERS.TENANT_ID.toUpperCase(), MAJOR_VERSION: '65535' }; // prettier-ignore
    const { json } = await post(petDocument(MINIMAL), '/api/pets', { headers });
    const entry = api.committed.at(-1);
    expect(entry).toMatchObject({ stream: `${TENANT_HEADERS.TENANT_ID}/12340`, channel: 'petStatus' });
    expect(entry?.record.value?.toString()).toBe(
      `{"petId":${json.data.id},"ownerId":12340,"type":"CREATED","body":{}}`,
    );
    expect(entry?.record.key?.toString('hex')).toBe('3430000000000000');
    expect(entry?.record.headers).toEqual({
      TENANT_ID: TENANT_HEADERS.TENANT_ID,
      REGION: 'GMS',
      MAJOR_VERSION: Buffer.from('ffff', 'hex'),
      MINOR_VERSION: Buffer.from('0001', 'hex'),
      traceparent,
      tracestate: 'vendor=1',
    });
    expect(await api.database.outbox.count({ where: { id: entry?.id ?? 0n } })).toBe(1);
  });

  it.each([
    ['tracestate', 512, 32],
    ['baggage', 8_192, 64],
  ])('does not forward a %s of more than %d characters or %d members', async (name, length, count) => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const forwarded = async (text: string) => {
      const { status } = await post(petDocument(MINIMAL), '/api/pets', { headers: { traceparent, [name]: text } });
      expect(status).toBe(201);
      return api.committed.at(-1)?.record.headers[name];
    };
    expect(await forwarded('x'.repeat(length))).toBe('x'.repeat(length));
    expect(await forwarded('x'.repeat(length + 1))).toBeUndefined();
    expect(await forwarded(`a=1${',a=1'.repeat(count)}`)).toBeUndefined();
  });

  it('takes the owner from the path', async () => {
    const without = await post(petDocument({ templateId: 5_000_017 }), '/api/characters/77/pets');
    expect(without.json.data.attributes['ownerId']).toBe(77);
    const same = await post(petDocument({ ...MINIMAL, ownerId: 77 }), '/api/characters/77/pets');
    expect(same.status).toBe(201);
  });
});

describe('rejecting a body', () => {
  const att = (name: string) => `/data/attributes/${name}`;
  it.each([
    ['that is not JSON', '{"data":', 400, 'BODY_INVALID', ''],
    ['that is not UTF-8', Buffer.from([0x7b, 0xff]), 400, 'BODY_INVALID', ''],
    ['that is not an object', '7', 400, 'BODY_INVALID', ''],
    ['that is null', 'null', 400, 'BODY_INVALID', ''],
    ['without data', {}, 400, 'BODY_INVALID', '/data'],
    ['with data that is null', { data: null }, 400, 'BODY_INVALID', '/data'],
    ['with several pets', { data: [] }, 400, 'BODY_INVALID', '/data'],
    ['without a type', { data: { attributes: MINIMAL } }, 400, 'BODY_INVALID', '/data/type'],
    ['without attributes', { data: { type: 'pets' } }, 400, 'BODY_INVALID', '/data/attributes'],
    ['with another type', { data: { type: 'cats', attributes: MINIMAL } }, 409, 'TYPE_CONFLICT', '/data/type'],
    ['with an id', petDocument(MINIMAL, { id: '7' }), 409, 'ID_CONFLICT', '/data/id'],
    ['with an id that is not a string', petDocument(MINIMAL, { id: 0 }), 400, 'BODY_INVALID', '/data/id'],
    ['without an owner', petDocument({ templateId: 1 }), 422, 'ATTRIBUTE_MISSING', att('ownerId')],
    ['with owner 0', petDocument({ ...MINIMAL, ownerId: 0 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('ownerId')],
    [
      'with an owner above uint32',
      petDocument({ ...MINIMAL, ownerId: 2 ** 32 }),
      422,
      'ATTRIBUTE_OUT_OF_RANGE',
      att('ownerId'),
    ],
    [
      'with an owner that is a string',
      petDocument({ ...MINIMAL, ownerId: '7' }),
      400,
      'ATTRIBUTE_INVALID',
      att('ownerId'),
    ],
    ['with template 0', petDocument({ ...MINIMAL, templateId: 0 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('templateId')],
    ['without a template', petDocument({ ownerId: 7 }), 422, 'ATTRIBUTE_MISSING', att('templateId')],
    ['with template null', petDocument({ ownerId: 7, templateId: null }), 422, 'ATTRIBUTE_MISSING', att('templateId')],
    [
      'with a name that is too long',
      petDocument({ ...MINIMAL, name: 'x'.repeat(14) }),
      422,
      'ATTRIBUTE_OUT_OF_RANGE',
      att('name'),
    ],
    [
      'with a name that has a NUL',
      petDocument({ ...MINIMAL, name: 'a\0' }),
      422,
      'ATTRIBUTE_OUT_OF_RANGE',
      att('name'),
    ],
    ['with a name that has half a surrogate pair', '{"data":{"type":"pets","attributes":{"ownerId":1,"templateId":1,"name":"\\ud83d"}}}', 422, 'ATTRIBUTE_OUT_OF_RANGE', att('name')], // prettier-ignore
    ['with a name that is a number', petDocument({ ...MINIMAL, name: 7 }), 400, 'ATTRIBUTE_INVALID', att('name')],
    [
      'with a level that is not an integer',
      petDocument({ ...MINIMAL, level: 1.5 }),
      400,
      'ATTRIBUTE_INVALID',
      att('level'),
    ],
    [
      'with closeness 30001',
      petDocument({ ...MINIMAL, closeness: 30_001 }),
      422,
      'ATTRIBUTE_OUT_OF_RANGE',
      att('closeness'),
    ],
    ['with closeness -1', petDocument({ ...MINIMAL, closeness: -1 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('closeness')],
    ['with fullness 101', petDocument({ ...MINIMAL, fullness: 101 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('fullness')],
    ['with flag 65536', petDocument({ ...MINIMAL, flag: 65_536 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('flag')],
    [
      'with a date instead of a time',
      petDocument({ ...MINIMAL, expiration: '2026-02-03' }),
      400,
      'ATTRIBUTE_INVALID',
      att('expiration'),
    ],
    ...['2026-02-30T00:00:00Z', '2026-04-31T00:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T00:60:00Z', '2025-02-29T00:00:00Z', '9999-12-31T23:59:59-14:00', '0000-01-01T00:00:00+14:00'].map((expiration) => [`with the time ${expiration}`, petDocument({ ...MINIMAL, expiration }), 400, 'ATTRIBUTE_INVALID', att('expiration')] as const), // prettier-ignore
    ['with an x that is a string', petDocument({ ...MINIMAL, x: 'a' }), 400, 'ATTRIBUTE_INVALID', att('x')],
    [
      'with excludes that are not a list',
      petDocument({ ...MINIMAL, excludes: 7 }),
      400,
      'ATTRIBUTE_INVALID',
      att('excludes'),
    ],
    ['with a time without a zone', petDocument({ ...MINIMAL, expiration: '2026-02-03T00:00:00' }), 400, 'ATTRIBUTE_INVALID', att('expiration')], // prettier-ignore
    ['with cashId 2^64', '{"data":{"type":"pets","attributes":{"ownerId":1,"templateId":1,"cashId":18446744073709551616}}}', 422, 'ATTRIBUTE_OUT_OF_RANGE', att('cashId')], // prettier-ignore
    ['with a cashId of 60 digits', `{"data":{"type":"pets","attributes":{"ownerId":1,"templateId":1,"cashId":${'9'.repeat(60)}}}}`, 422, 'ATTRIBUTE_OUT_OF_RANGE', att('cashId')], // prettier-ignore
    ['with cashId 9007199254740991.4', '{"data":{"type":"pets","attributes":{"ownerId":1,"templateId":1,"cashId":9007199254740991.4}}}', 400, 'ATTRIBUTE_INVALID', att('cashId')], // prettier-ignore
    ['with 30,000 nested lists', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 400, 'BODY_INVALID', ''],
    ['with cashId -1', petDocument({ ...MINIMAL, cashId: -1 }), 422, 'ATTRIBUTE_OUT_OF_RANGE', att('cashId')],
    [
      'with a cashId that is a string',
      petDocument({ ...MINIMAL, cashId: '1' }),
      400,
      'ATTRIBUTE_INVALID',
      att('cashId'),
    ],
    ['with cashId 0.5', petDocument({ ...MINIMAL, cashId: 0.5 }), 400, 'ATTRIBUTE_INVALID', att('cashId')],
  ])('%s', async (_name, body, ...expected) => {
    const countBefore = api.committed.length;
    expect(errorOf(await post(body))).toEqual(expected);
    expect(api.committed).toHaveLength(countBefore);
  });

  it('names all faults; the most severe one decides the status', async () => {
    const { status, json } = await post(petDocument({ ownerId: 'x', templateId: 0, name: 'x'.repeat(99), flag: -1 }));
    expect(status).toBe(400);
    expect(json.errors.map(({ status: one, source }) => [one, source?.['pointer']]).sort()).toEqual([
      ['400', '/data/attributes/ownerId'],
      ['422', '/data/attributes/flag'],
      ['422', '/data/attributes/name'],
      ['422', '/data/attributes/templateId'],
    ]); // prettier-ignore
  });

  it('ranks a conflict above a broken rule', async () => {
    const statusOf = async (body: unknown, path?: string) => (await post(body, path)).status;
    expect(await statusOf({ data: { type: 'cats', attributes: { ownerId: 1 } } })).toBe(409);
    expect(await statusOf(petDocument({ ...MINIMAL, templateId: 0 }, { id: '5' }))).toBe(409);
    expect(await statusOf(petDocument({ ownerId: 78, templateId: 0 }), '/api/characters/77/pets')).toBe(409);
    expect(await statusOf(petDocument({ templateId: 0 }), '/api/characters/x/pets')).toBe(400);
  });

  it('with another owner than the path has', async () => {
    const answer = await post(petDocument({ ...MINIMAL, ownerId: 78 }), '/api/characters/77/pets');
    expect(errorOf(answer)).toEqual([409, 'OWNER_CONFLICT', '/data/attributes/ownerId']);
    const withoutOwner = await post(petDocument({ templateId: 1 }), '/api/characters/0/pets');
    expect(errorOf(withoutOwner)).toEqual([422, 'ATTRIBUTE_OUT_OF_RANGE', '/data/attributes/ownerId']);
  });

  it('that is too large, or of an unsupported media type', async () => {
    const large = petDocument({ ...MINIMAL, name: 'x'.repeat(70_000) });
    expect(errorOf(await post(large))).toEqual([413, 'BODY_TOO_LARGE']);
    const headers = { 'Content-Type': 'text/plain' };
    expect(errorOf(await post('x', '/api/pets', { headers }))).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED', 'Content-Type']);
    for (const type of ['application/json', 'application/vnd.api+json; charset=utf-8']) {
      const { status } = await post(petDocument(MINIMAL), '/api/pets', { headers: { 'Content-Type': type } });
      expect(status).toBe(201);
    }
  });

  it('while the outbox is full', async () => {
    api.full = '100000 events wait for the broker, the oldest for 61 s';
    const answer = await post(petDocument(MINIMAL));
    expect(errorOf(answer)).toEqual([503, 'OVERLOADED']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await get('/api/pets/1')).status).not.toBe(503);
  });
});
