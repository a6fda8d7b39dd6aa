/** The pages and the metrics, as browsers and Prometheus request them. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clientOf, startApi } from '../support/api.ts';
import type { Api } from '../support/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const { get } = clientOf(() => api);
const PAGES = ['/', '/contract', '/contract/asyncapi.yaml'];

describe.each([...PAGES, '/metrics'])('%s', (path) => {
  it.each(['br', 'gzip', 'identity', 'gzip;q=0, br;q=0.0', ''])(
    'is the same text in the encoding %j',
    async (encoding) => {
      const plain = await get(path, { headers: { 'accept-encoding': 'identity' } });
      const { status, headers, text } = await get(path, { headers: { 'accept-encoding': encoding } });
      expect(status).toBe(200);
      const isEncoded = encoding === 'gzip' || (encoding === 'br' && path !== '/metrics');
      expect(headers.get('content-encoding')).toBe(isEncoded ? encoding : null);
      expect(headers.get('vary')).toBe('accept-encoding');
      if (path !== '/metrics') expect(text).toBe(plain.text);
      else expect(text).toContain('pets_ready');
    },
  );
});

describe.each(PAGES)('%s', (path) => {
  it('answers 304 to a client that has the current version', async () => {
    const etag = (await get(path)).headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/"[\w-]{22}"$/);
    for (const header of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
      const { status, text } = await get(path, { headers: { 'if-none-match': header } });
      expect({ status, text }).toEqual({ status: 304, text: '' });
    }
    expect((await get(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it('has headers that forbid foreign content, scripts and frames', async () => {
    const { headers, text } = await get(path);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
    expect(policy).not.toContain('unsafe');
    expect(policy.includes("style-src 'sha256-")).toBe(text.includes('<style>'));
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });
});

it('serves the contract of this release', async () => {
  expect((await get('/contract/asyncapi.yaml')).text).toBe(await readFile('asyncapi.yaml', 'utf8'));
});
