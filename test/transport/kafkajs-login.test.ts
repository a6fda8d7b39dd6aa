import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AuthenticationProviderArgs } from 'kafkajs';
import { loginMechanism } from '../../src/transport/kafkajs-login.ts';
import type { KafkaSecurity } from '../../src/transport/security.ts';

const SECRET = 's3cret.of-pets';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'login-'));
  writeFileSync(join(folder, 'token'), SECRET);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** How a login fails that the broker refuses with these words. */
function refusal(login: KafkaSecurity['login'], words: string): Promise<unknown> {
  const args = {
    host: 'kafka.test',
    port: 9093,
    logger: { debug: () => undefined, error: () => undefined },
    saslAuthenticate: () => Promise.reject(new Error(words)),
  } as unknown as AuthenticationProviderArgs;
  const mechanism = loginMechanism({ ...(login && { login }) });
  return Promise.resolve(mechanism?.authenticationProvider(args).authenticate()).catch((error: unknown) => error);
}

const LOGINS: [string, () => NonNullable<KafkaSecurity['login']>][] = [
  ['plain', () => ({ mechanism: 'plain', username: 'pets', password: { value: SECRET } })],
  [
    'oauthbearer',
    () => ({ mechanism: 'oauthbearer', token: { variable: 'KAFKA_SASL_TOKEN_FILE', path: join(folder, 'token') } }),
  ],
];

it.each(LOGINS)('%s: the words of a broker that refuses it are kept for the log', async (_name, login) => {
  expect(await refusal(login(), 'unknown user')).toMatchObject({
    code: 'BROKER_LOGIN_REFUSED',
    what: 'The broker refuses the login by KAFKA_SASL_MECHANISM',
    detail: expect.stringMatching(/^kafka\.test:9093: .*unknown user$/),
  });
});

it.each(LOGINS)('%s: they are left out where they repeat the secret', async (_name, login) => {
  const error = await refusal(login(), `got ${SECRET}, which nobody has`);
  expect(error).toMatchObject({ code: 'BROKER_LOGIN_REFUSED' });
  expect(String(error)).not.toContain(SECRET);
});
