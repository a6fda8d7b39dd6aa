import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EndpointTokens } from '../../src/transport/oauth-token.ts';
import { createAuthority } from '../support/certificates.ts';
import type { Authority, Certificate } from '../support/certificates.ts';
import { startTokenEndpoint } from '../support/token-endpoint.ts';
import type { TestEndpoint, TokenAnswer } from '../support/token-endpoint.ts';

let folder: string;
let authority: Authority;
let current: TestEndpoint | undefined;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  authority = await createAuthority(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  current?.close();
});

async function endpoint(answers: readonly TokenAnswer[], certificate?: Certificate): Promise<string> {
  current = await startTokenEndpoint(answers, certificate);
  return current.url;
}

const tokensOf = (url: string, scope?: string, caFile?: string) =>
  new EndpointTokens(
    { url, clientId: 'pets:1', clientSecret: { value: 's3cret %' }, scope },
    caFile === undefined ? undefined : { variable: 'KAFKA_TLS_CA_FILE', path: caFile },
  );
const token = (name: string, seconds?: number) => ({ status: 200, body: { access_token: name, expires_in: seconds } });

it('requests a token with client credentials and the scope', async () => {
  const tokens = tokensOf(await endpoint([token('a.b-c_d~e+f/g==', 3_600)]), 'kafka events');
  expect(await tokens.token()).toBe('a.b-c_d~e+f/g==');
  const [request] = current?.requests ?? [];
  const [, credentials = ''] = request?.headers.authorization?.split(' ') ?? [];
  expect(Buffer.from(credentials, 'base64').toString()).toBe('pets%3A1:s3cret%20%25');
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
    grant_type: 'client_credentials',
    scope: 'kafka events',
  });
});

it('returns the same token to all callers until a broker refuses it', async () => {
  const tokens = tokensOf(await endpoint([token('first', 3_600), token('second', 3_600)]));
  expect(await Promise.all([tokens.token(), tokens.token()])).toEqual(['first', 'first']);
  expect(await tokens.token()).toBe('first');
  tokens.refused('another');
  expect(await tokens.token()).toBe('first');
  tokens.refused('first');
  expect(await tokens.token()).toBe('second');
  expect(current?.requests).toHaveLength(2);
});

it.each([
  ['expires soon', 10],
  ['has no expires_in', undefined],
])('returns a token only once if it %s', async (_what, seconds) => {
  const tokens = tokensOf(await endpoint([token('first', seconds), token('second', 3_600)]));
  expect(await tokens.token()).toBe('first');
  expect(await tokens.token()).toBe('second');
});

it("trusts an endpoint with a certificate of the brokers' authority, and no other", async () => {
  const url = await endpoint([token('secure', 3_600)], await authority.issue('login', { hosts: ['127.0.0.1'] }));
  expect(await tokensOf(url, undefined, authority.caFile).token()).toBe('secure');
  await expect(tokensOf(url).token()).rejects.toMatchObject({ code: 'BROKER_TOKEN_UNAVAILABLE' });
  expect(current?.requests).toHaveLength(1);
});

describe('no token is returned', () => {
  it.each<[string, number, unknown, string]>([
    ['refuses the client', 401, { error: 'invalid_client' }, 'answers with status 401'],
    ['redirects', 302, '', 'answers with status 302'],
    ['does not answer with JSON', 200, '<html>', 'does not answer with JSON'],
    ['answers without a token', 200, { token: 'x' }, 'answers without an access_token'],
    ['answers with null', 200, 'null', 'answers without an access_token'],
    [
      'answers with a token that would change the message',
      200,
      { access_token: 'a\u0001auth=b' },
      'answers without an access_token',
    ],
    ['answers with far too many bytes', 200, 'x'.repeat(100_000), 'does not answer'],
  ])('if the endpoint %s', async (_what, status, body, fault) => {
    const error: unknown = await tokensOf(await endpoint([{ status, body }]))
      .token()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'BROKER_TOKEN_UNAVAILABLE', what: `KAFKA_SASL_TOKEN_ENDPOINT ${fault}` });
    expect(String(error)).not.toContain('s3cret');
  });

  it('if the endpoint never answers', async () => {
    const tokens = tokensOf(await endpoint([undefined]));
    await expect(tokens.token()).rejects.toMatchObject({ what: 'KAFKA_SASL_TOKEN_ENDPOINT does not answer' });
  });

  it('if nothing listens on the port of the endpoint', async () => {
    const url = await endpoint([token('never', 3_600)]);
    current?.close();
    await expect(tokensOf(url).token()).rejects.toMatchObject({ code: 'BROKER_TOKEN_UNAVAILABLE' });
  });

  it('if the endpoint fails; the next call requests one again', async () => {
    const tokens = tokensOf(await endpoint([{ status: 503, body: '' }, token('later', 3_600)]));
    await expect(tokens.token()).rejects.toMatchObject({ code: 'BROKER_TOKEN_UNAVAILABLE' });
    expect(await tokens.token()).toBe('later');
  });
});
