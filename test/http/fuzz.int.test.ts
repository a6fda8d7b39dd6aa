/** The API answers every request as documented: never with a 500, never without an answer. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ask, startApi } from '../support/api.ts';
import type { Answer, Api } from '../support/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const integer = fc.oneof(
  fc.constantFrom<unknown>(-1, 0, 1, 30, 31, 100, 101, 30_000, 30_001, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32),
  fc.integer(),
  fc.double(),
);
const value = fc.oneof(
  { weight: 3, arbitrary: integer },
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom<unknown>(null, true, '', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999+14:00', '0000-01-01T00:00:00Z', '\0'), // prettier-ignore
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.jsonValue({ maxDepth: 2 }),
);
const NAMES = ['cashId', 'templateId', 'name', 'level', 'closeness', 'fullness', 'expiration', 'ownerId', 'slot', 'flag', 'purchaseBy', 'excludes', 'x', '__proto__', 'constructor']; // prettier-ignore
const some = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 3 })
  .map((entries): object => Object.fromEntries(entries));
const attributes = fc.oneof(
  { weight: 3, arbitrary: some.map((more) => ({ ownerId: 7, templateId: 5_000_017, ...more })) },
  some,
  fc.jsonValue({ maxDepth: 2 }),
);
const document = fc.oneof(
  { weight: 5, arbitrary: attributes.map((given) => ({ data: { type: 'pets', attributes: given } })) },
  fc.record({ data: fc.record({ type: value, id: value, attributes }, { requiredKeys: [] }) }),
  fc.jsonValue(),
);
const body = fc.oneof(
  { weight: 4, arbitrary: document.map((one) => JSON.stringify(one)) },
  fc.uint8Array({ maxLength: 50 }),
);
const segment = fc.oneof(
  fc.constantFrom('pets', 'characters', '1', '0', '4294967296', '', '%00', '%', '%zz', 'ß'),
  fc.string({ unit: 'binary', maxLength: 10 }).map((text) => encodeURIComponent(text.toWellFormed())),
);
const path = fc.oneof(
  fc.constantFrom('/api/pets', '/api/characters/7/pets', '/api/characters/0/pets'),
  fc.array(segment, { maxLength: 5 }).map((segments) => `/api/${segments.join('/')}`),
);
const query = fc.oneof(
  fc.constant(''),
  fc.tuple(fc.constantFrom('page[number]', 'page[size]', 'x'), value).map(([name, one]) => `?${name}=${encodeURIComponent(String(one).toWellFormed())}`), // prettier-ignore
);
const strangeHeaders = fc.record(
  {
    TENANT_ID: fc.constantFrom('x', '', 'AAAAAAAA-c47c-42a6-9585-76492795d123'),
    REGION: fc.constantFrom('', 'JMS', 'ß'),
    MAJOR_VERSION: fc.constantFrom('0', '65535', '65536', '1.5', ''),
    traceparent: fc.constantFrom('', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'x'),
    baggage: fc.constantFrom('a=1', 'ß'),
    'Content-Type': fc.constantFrom('application/json', 'application/vnd.api+json', 'text/plain', 'x'),
  },
  { requiredKeys: [] },
);

const headers = fc.oneof({ weight: 4, arbitrary: fc.constant<Partial<Record<string, string>>>({}) }, strangeHeaders) as fc.Arbitrary<Readonly<Record<string, string>>>; // prettier-ignore

/** Throws if an answer has a status or a form of errors that the API does not document. */
function expectDocumented({ status, text, json }: Answer): void {
  if (![200, 201, 400, 404, 409, 413, 415, 422].includes(status)) throw new Error(`${String(status)} ${text}`);
  if (status < 300) expect(json).toHaveProperty('data');
  else for (const error of json.errors) expect(error).toMatchObject({ status: expect.any(String), code: expect.any(String), detail: expect.any(String) }); // prettier-ignore
}

it('answers every POST as documented, and stores what it answered', async () => {
  let createdCount = 0;
  await fc.assert(
    fc.asyncProperty(path, body, headers, async (to, sentBody, sentHeaders) => {
      const answer = await ask(`${api.url}${to}`, { method: 'POST', body: sentBody, headers: sentHeaders });
      expectDocumented(answer);
      if (answer.status !== 201) return;
      createdCount += 1;
      const { id, attributes: pet } = answer.json.data;
      expect(pet).toMatchObject({ slot: -1, excludes: [], fh: 1 });
      // The stored pet is the answered one, to the byte.
      const { 'Content-Type': _none, ...others } = sentHeaders;
      expect((await ask(`${api.url}/api/pets/${id}`, { headers: others })).text).toBe(answer.text);
    }),
    { numRuns: 1_500 },
  );
  expect(createdCount).toBeGreaterThan(20);
});

it('answers every GET as documented', async () => {
  await fc.assert(
    fc.asyncProperty(path, query, headers, async (from, queryText, sentHeaders) => {
      const { 'Content-Type': _none, ...others } = sentHeaders;
      expectDocumented(await ask(`${api.url}${from}${queryText}`, { headers: others }));
    }),
    { numRuns: 700 },
  );
});
