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

it('is asked for by client credentials, with the scope', async () => {
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

it('serves all who need one, until a broker refuses it', async () => {
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
  ['that ends soon', 10],
  ['whose end is not said', undefined],
])('is used once if it is one %s', async (_what, seconds) => {
  const tokens = tokensOf(await endpoint([token('first', seconds), token('second', 3_600)]));
  expect(await tokens.token()).toBe('first');
  expect(await tokens.token()).toBe('second');
});

it('comes by TLS from an endpoint of the authority that the brokers have, and from no other', async () => {
  const url = await endpoint([token('secure', 3_600)], await authority.issue('login', { hosts: ['127.0.0.1'] }));
  expect(await tokensOf(url, undefined, authority.caFile).token()).toBe('secure');
  await expect(tokensOf(url).token()).rejects.toMatchObject({ code: 'BROKER_TOKEN_UNAVAILABLE' });
  expect(current?.requests).toHaveLength(1);
});

describe('an endpoint', () => {
  it.each<[string, number, unknown, string]>([
    ['that refuses the client', 401, { error: 'invalid_client' }, 'answers with status 401'],
    ['that sends elsewhere', 302, '', 'answers with status 302'],
    ['without JSON', 200, '<html>', 'does not answer with JSON'],
    ['without a token', 200, { token: 'x' }, 'answers without an access_token'],
    ['with null', 200, 'null', 'answers without an access_token'],
    [
      'with a token that would change the message',
      200,
      { access_token: 'a\u0001auth=b' },
      'answers without an access_token',
    ],
    ['with far too much', 200, 'x'.repeat(100_000), 'does not answer'],
  ])('%s gives none', async (_what, status, body, fault) => {
    const error: unknown = await tokensOf(await endpoint([{ status, body }]))
      .token()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'BROKER_TOKEN_UNAVAILABLE', what: `KAFKA_SASL_TOKEN_ENDPOINT ${fault}` });
    expect(String(error)).not.toContain('s3cret');
  });

  it('that never answers gives none', async () => {
    const tokens = tokensOf(await endpoint([undefined]));
    await expect(tokens.token()).rejects.toMatchObject({ what: 'KAFKA_SASL_TOKEN_ENDPOINT does not answer' });
  });

  it('where nobody listens gives none', async () => {
    const url = await endpoint([token('never', 3_600)]);
    current?.close();
    await expect(tokensOf(url).token()).rejects.toMatchObject({ code: 'BROKER_TOKEN_UNAVAILABLE' });
  });

  it('is asked again after it gave none', async () => {
    const tokens = tokensOf(await endpoint([{ status: 503, body: '' }, token('later', 3_600)]));
    await expect(tokens.token()).rejects.toMatchObject({ code: 'BROKER_TOKEN_UNAVAILABLE' });
    expect(await tokens.token()).toBe('later');
  });
});
