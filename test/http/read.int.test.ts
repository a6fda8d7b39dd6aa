/** Reads pets by HTTP: one, and lists by pages. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clientOf, errorOf, listed, MINIMAL, petDocument, startApi } from '../support/api.ts';
import type { Api, Document } from '../support/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const { get, post } = clientOf(() => api);

describe('reading a pet', () => {
  it.each(['x', '1'.repeat(300), '-1', '4294967296', '1.0', '0x1', '1e3', '%00'])(
    'answers 400 to the id %s',
    async (id) => {
      expect(errorOf(await get(`/api/pets/${id}`))).toEqual([400, 'ID_INVALID']);
      expect(errorOf(await get(`/api/characters/${id}/pets`))).toEqual([400, 'ID_INVALID']);
    },
  );

  it('answers 404 for a pet or a path that does not exist', async () => {
    expect(errorOf(await get('/api/pets/4294967295'))).toEqual([404, 'PET_NOT_FOUND']);
    expect(errorOf(await get('/api/cats'))).toEqual([404, 'PATH_NOT_FOUND']);
    expect(errorOf(await post('{', '/api/pet'))).toEqual([404, 'PATH_NOT_FOUND']);
    expect(errorOf(await get('/api/pets/1', { method: 'DELETE' }))).toEqual([404, 'PATH_NOT_FOUND']);
  });

  it('returns slot, excludes and a missing expiration of the row', async () => {
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

  it('has pages with links to the previous and the next one', async () => {
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

  it('is empty beyond its last page, with a link to that page', async () => {
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
  ])('answers 400 to %s', async (query, parameter) => {
    expect(errorOf(await get(`${path}?${query}`))).toEqual([400, 'PAGE_INVALID', parameter]);
  });

  it('is found at a path with doubled or trailing slashes', async () => {
    expect(idsOf((await get(`/api//characters/${String(OWNER)}//pets`)).json)).toEqual(order());
    expect(idsOf((await get(`${path}/`)).json)).toEqual(order());
  });
});
