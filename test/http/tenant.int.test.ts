/** Requests must name their tenant, and see no other one: promise 9, by HTTP. */
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clientOf, errorOf, MINIMAL, petDocument, startApi, TENANT_HEADERS } from '../support/api.ts';
import type { Api } from '../support/api.ts';

const OTHER_TENANT = 'aaaaaaaa-c47c-42a6-9585-76492795d123';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const { get, post } = clientOf(() => api);

describe('a request', () => {
  it.each([
    ['TENANT_ID', ''],
    ['TENANT_ID', 'x'],
    ['REGION', ''],
    ['REGION', 'GMß'],
    ['REGION', 'R'.repeat(65)],
    ['MAJOR_VERSION', ''],
    ['MAJOR_VERSION', '65536'],
    ['MAJOR_VERSION', '-1'],
    // Its bytes in a Kafka header are the text "83".
    ['MAJOR_VERSION', '14387'],
    ['MINOR_VERSION', '1.0'],
  ])('with %s %p is refused before anything else is checked', async (name, value) => {
    expect(errorOf(await get('/api/pets/x', { headers: { [name]: value } }))).toEqual([400, 'TENANT_INVALID', name]);
    expect(errorOf(await post('{', '/api/pets', { headers: { [name]: value } }))).toEqual([
      400,
      'TENANT_INVALID',
      name,
    ]);
  });

  it('without tenant headers is refused', async () => {
    const response = await fetch(`${api.url}/api/pets/1`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ source: { header: 'TENANT_ID' } }] });
  });

  it('with a tenant header twice is refused', async () => {
    const headers = [...Object.entries({ ...TENANT_HEADERS, Host: 'pets' }), ['REGION', 'GMS']].flat();
    const [response] = (await once(request(`${api.url}/api/pets/1`, { headers }).end(), 'response')) as [
      IncomingMessage,
    ];
    expect(response.statusCode).toBe(400);
    expect(JSON.parse(await text(response))).toMatchObject({ errors: [{ source: { header: 'REGION' } }] });
  });

  it('sees no pet of another tenant', async () => {
    const { json } = await post(petDocument({ ...MINIMAL, ownerId: 900 }));
    const headers = { TENANT_ID: OTHER_TENANT };
    expect(errorOf(await get(`/api/pets/${json.data.id}`, { headers }))).toEqual([404, 'PET_NOT_FOUND']);
    expect((await get('/api/characters/900/pets', { headers })).json.meta.total).toBe(0);
    expect((await get('/api/characters/900/pets')).json.meta.total).toBe(1);
  });
});
