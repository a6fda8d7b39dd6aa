import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import { startStub } from '../../scripts/services/stub.ts';
import type { Stub } from '../../scripts/services/stub.ts';
import { tenantHeaders } from '../../src/reference/headers.ts';
import { ASKER } from '../support/asker.ts';

type Options = NonNullable<Parameters<typeof request>[1]>;

const JSON_API = 'application/vnd.api+json';
const HEADERS = ['Accept', JSON_API, ...tenantHeaders(ASKER)];
const POST: Options = { method: 'POST', headers: [...HEADERS, 'Content-Type', JSON_API] };
const POSITION = '{"data":{"type":"positions","id":"0","attributes":{"x":1,"y":-2}}}';

describe('the stand-in for the other services', () => {
  let stub: Stub;
  beforeAll(async () => {
    stub = await startStub();
  });
  afterAll(() => stub.close());

  /** Returns the status of an answer, and the faults that the stand-in found in the request. */
  async function statusAndFaults(path: string, options: Options = {}) {
    const before = stub.violations.length;
    const { statusCode, body } = await request(stub.baseUrl + path, { headers: HEADERS, ...options });
    await body.dump();
    return [statusCode, ...stub.violations.slice(before)];
  }

  it.each([
    'characters/1?fields[characters]=x,y,stance',
    'characters/1/inventory',
    'characters/1/skills',
    'characters/1/skills?page[number]=2',
    'data/pets/5000000',
  ])('answers GET %s', async (path) => {
    expect(await statusAndFaults(path)).toEqual([200]);
  });

  it('answers POST data/maps/1/footholds/below', async () => {
    expect(await statusAndFaults('data/maps/1/footholds/below', { ...POST, body: POSITION })).toEqual([200]);
  });

  it('answers 500 if there is no foothold, as the public service does', async () => {
    expect(await statusAndFaults('data/maps/999999999/footholds/below', { ...POST, body: POSITION })).toEqual([500]);
  });

  it.each([
    'characters/1',
    'characters/01/inventory',
    'characters/4294967296/inventory',
    'characters/1/inventory?include=assets',
    'characters/1/skills/1008',
    'characters/1/skills?page[number]=0',
    'characters/1/skills?page[size]=2',
    'data/pets/1?fields[pets]=hungry',
    'data/pets',
    'data/maps/1/footholds',
    '/data/pets/1',
  ])('answers 404 to %s', async (path) => {
    expect(await statusAndFaults(path)).toEqual([404, expect.stringContaining('there is no such path')]);
  });

  it.each(['Accept', 'TENANT_ID', 'REGION', 'MAJOR_VERSION', 'MINOR_VERSION', 'traceparent'])(
    'reports a header %s that is malformed, missing, or there twice',
    async (name) => {
      const at = HEADERS.indexOf(name);
      const without = HEADERS.toSpliced(at, 2);
      for (const headers of [without, [...without, name, '\xe9'], [...HEADERS, name, HEADERS[at + 1]!]]) {
        const [, ...violations] = await statusAndFaults('data/pets/1', { headers });
        expect(violations).toEqual([expect.stringMatching(`: ${name.toLowerCase()} is `)]);
      }
    },
  );

  it.each<[string, Options, string[]]>([
    ['data/pets/1', { ...POST, body: '' }, ['the method should be GET']],
    ['data/pets/1', { method: 'GET', body: '{}' }, ['it has a body']],
    ['data/maps/1/footholds/below', {}, ['the method should be POST', 'its content type is none', 'its body is ']],
    ['data/maps/1/footholds/below', { ...POST, headers: HEADERS, body: POSITION }, ['its content type is none']],
    ['data/maps/1/footholds/below', { ...POST, body: POSITION.replace('-2', '-32769') }, ['its body is {']],
    ['data/maps/1/footholds/below', { ...POST, body: POSITION.replace('"0"', '0') }, ['its body is {']],
  ])('reports for %s what is wrong with %j', async (path, options, faults) => {
    const [, ...violations] = await statusAndFaults(path, options);
    expect(violations).toEqual(faults.map((fault) => expect.stringContaining(`${path}: ${fault}`)));
  });
});
