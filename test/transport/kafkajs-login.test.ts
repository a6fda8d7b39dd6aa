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

/** Returns the error of a login that the broker refuses with this message. */
function refusal(login: KafkaSecurity['login'], message: string): Promise<unknown> {
  const args = {
    host: 'kafka.test',
    port: 9093,
    logger: { debug: () => undefined, error: () => undefined },
    saslAuthenticate: () => Promise.reject(new Error(message)),
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

it.each(LOGINS)('%s: a refused login has the message of the broker in its detail', async (_name, login) => {
  expect(await refusal(login(), 'unknown user')).toMatchObject({
    code: 'BROKER_LOGIN_REFUSED',
    what: 'The broker refuses the login with KAFKA_SASL_MECHANISM',
    detail: expect.stringMatching(/^kafka\.test:9093: .*unknown user$/),
  });
});

it.each(LOGINS)('%s: a refused login leaves the message out if it repeats the secret', async (_name, login) => {
  const error = await refusal(login(), `got ${SECRET}, which nobody has`);
  expect(error).toMatchObject({ code: 'BROKER_LOGIN_REFUSED' });
  expect(String(error)).not.toContain(SECRET);
});
