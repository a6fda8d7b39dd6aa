/** A broker that requires TLS and logins: every supported login, and the error for every fault. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'node:tls';
import type { Server } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import { readKafkaSecurity } from '../../src/config.ts';
import { ERRORS } from '../../src/errors.ts';
import type { ServiceError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import type { Logger } from '../../src/log.ts';
import type { Broker } from '../../src/transport/broker.ts';
import { connectKafka } from '../../src/transport/kafkajs.ts';
import {
  PASSWORDS,
  secretFile,
  SESSION_MS,
  startSecuredBroker,
  unsignedToken,
  USER,
} from '../support/secured-broker.ts';
import type { SecuredBroker } from '../support/secured-broker.ts';
import { startTokenEndpoint } from '../support/token-endpoint.ts';
import type { TestEndpoint } from '../support/token-endpoint.ts';
import { createTopics } from '../support/topics.ts';
import { until } from '../support/until.ts';

type Environment = NodeJS.ProcessEnv;

let secured: SecuredBroker;
let topic: string;
let endpoint: TestEndpoint;
beforeAll(async () => {
  secured = await startSecuredBroker();
  endpoint = await startTokenEndpoint([
    { status: 200, body: { access_token: unsignedToken(USER, 3_600), expires_in: 3_600 } },
  ]);
  topic = `t_${randomUUID()}`;
  const admin = kafkaClient(secured.plaintext).admin();
  await admin.connect();
  await createTopics(admin, [{ topic, numPartitions: 1 }]);
  await admin.disconnect();
});
afterAll(async () => {
  endpoint.close();
  await secured.close();
});

/** Closes what a test has opened. A consumer that a failed test left open would reconnect for ever, and the run would not end. */
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function connect(environment: Environment, log: Logger = createLog('silent')): Promise<Broker> {
  const broker = await connectKafka({
    brokers: String(environment['KAFKA_BROKERS']).split(','),
    security: readKafkaSecurity(environment),
    clientId: 'secured',
    sessionTimeoutMs: 6_000,
    compression: 'none',
    maxBatchBytes: 1_048_576,
    log,
  });
  closing.push(() => broker.close());
  return broker;
}

/** Consumes the topic; adds to `troubles` why the consumer is out of its group. */
async function receive(broker: Broker, take: (value: Buffer | null) => void, troubles: string[] = []) {
  const consumer = await broker.subscribe({
    groupId: `g_${randomUUID()}`,
    topics: [topic],
    from: 'earliest',
    assigned(partitions) {
      for (const partition of partitions) {
        consumer.seek(partition, 0n);
        consumer.resume(partition);
      }
      return Promise.resolve();
    },
    rebalancing: () => undefined,
    fetched(_topic, _partition, { records }) {
      for (const { value } of records) take(value);
    },
    health(reason) {
      if (reason !== undefined) troubles.push(reason);
    },
  });
  closing.push(() => consumer.stop());
  return consumer;
}

const record = (value: Buffer) => ({ key: Buffer.from('k'), value, headers: {} });

/** Sends a record and receives it. */
async function exchange(broker: Broker): Promise<void> {
  const sent = Buffer.from(randomUUID());
  const received = Promise.withResolvers<undefined>();
  const consumer = await receive(broker, (value) => {
    if (value?.equals(sent)) received.resolve(undefined);
  });
  await broker.publish(topic, [record(sent)], 8_000);
  await received.promise;
  await consumer.stop();
}

const mutual = async (name: string): Promise<Environment> => {
  const { certFile, keyFile } = await secured.client(name);
  return { ...secured.tls('MUTUAL'), KAFKA_TLS_CERT_FILE: certFile, KAFKA_TLS_KEY_FILE: keyFile };
};
const byToken = (file: string): Environment => ({
  ...secured.tls('LOGIN'),
  KAFKA_SASL_MECHANISM: 'oauthbearer',
  KAFKA_SASL_TOKEN_FILE: file,
});

/** User and password of the endpoint differ from those of the broker. */
const byEndpoint = (): Environment => ({
  ...secured.password('oauthbearer', 'client-secret', 'client'),
  KAFKA_SASL_TOKEN_ENDPOINT: endpoint.url,
});

describe('a client sends and receives records', () => {
  it.each<[string, () => Environment | Promise<Environment>]>([
    ['plain', () => secured.password('plain')],
    ['scram-sha-256', () => secured.password('scram-sha-256')],
    [
      'scram-sha-512 with a password in a file',
      () => ({
        ...secured.password('scram-sha-512', ''),
        KAFKA_SASL_PASSWORD_FILE: secretFile(secured, 'password', `${PASSWORDS.pets}\n`),
      }),
    ],
    ['oauthbearer with a token of an endpoint', () => byEndpoint()],
    ['oauthbearer', () => byToken(secretFile(secured, 'token', unsignedToken(USER, 3_600)))],
    ['a certificate of the client', () => mutual(USER)],
    [
      'plain without encryption',
      () => ({ ...secured.password('plain'), KAFKA_TLS_CA_FILE: '', KAFKA_BROKERS: secured.at('OPEN') }),
    ],
  ])('by %s', async (_name, environment) => {
    const broker = await connect(await environment());
    try {
      await exchange(broker);
    } finally {
      await broker.close();
    }
  });
});

describe('the error of a failed connection', () => {
  /** A TLS proxy in front of a listener without TLS; the broker tells clients the address of that listener. */
  let front: string;
  let frontServer: Server;
  beforeAll(async () => {
    const { certFile, keyFile } = await secured.authority().issue('front', { hosts: ['127.0.0.1'] });
    const [host, port] = secured.plaintext.split(':');
    frontServer = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (client) => {
      const upstream = connectTcp(Number(port), host);
      client.on('close', () => upstream.destroy()).on('error', () => undefined);
      client.pipe(upstream).pipe(client);
    });
    await once(frontServer.listen(0, '127.0.0.1'), 'listening');
    front = `127.0.0.1:${String((frontServer.address() as AddressInfo).port)}`;
  });
  afterAll(() => {
    frontServer.close();
  });
  const cases: Record<string, readonly [() => Environment | Promise<Environment>, string]> = {
    'a wrong password': [
      () => secured.password('plain', 'wr0ng-secret'),
      'The broker refuses the login with KAFKA_SASL_MECHANISM (BROKER_LOGIN_REFUSED)',
    ],
    'a wrong password for SCRAM': [
      () => secured.password('scram-sha-512', 'wr0ng-secret'),
      'The broker refuses the login with KAFKA_SASL_MECHANISM (BROKER_LOGIN_REFUSED)',
    ],
    'a token that has expired': [
      () => byToken(secretFile(secured, 'expired-token', unsignedToken(USER, -60))),
      'The broker refuses the login with KAFKA_SASL_MECHANISM (BROKER_LOGIN_REFUSED)',
    ],
    'no token': [
      () => byToken('/nowhere/token'),
      'The file of KAFKA_SASL_TOKEN_FILE, /nowhere/token, does not exist (BROKER_FILES_UNREADABLE)',
    ],
    'an endpoint that gives no token': [
      () => ({ ...byEndpoint(), KAFKA_SASL_TOKEN_ENDPOINT: 'http://127.0.0.1:1/' }),
      'KAFKA_SASL_TOKEN_ENDPOINT does not answer (BROKER_TOKEN_UNAVAILABLE)',
    ],
    'an authority that is no certificate': [
      () => ({ ...secured.tls('EXPIRED'), KAFKA_TLS_CA_FILE: '/dev/null' }),
      'The file of KAFKA_TLS_CA_FILE, /dev/null, is empty (BROKER_FILES_UNREADABLE)',
    ],
    'a certificate and the key of another': [
      async () => ({
        ...(await mutual('one')),
        KAFKA_TLS_KEY_FILE: (await secured.client('another')).keyFile,
      }),
      'The file of KAFKA_TLS_KEY_FILE, *, does not match the certificate (BROKER_FILES_UNREADABLE)',
    ],
    'a listener without this login': [
      () => ({ ...secured.password('plain'), KAFKA_TLS_CA_FILE: '', KAFKA_BROKERS: secured.plaintext }),
      'The broker does not offer KAFKA_SASL_MECHANISM at that listener (BROKER_LOGIN_REFUSED)',
    ],
    'a listener that wants a login': [
      () => ({ KAFKA_BROKERS: secured.at('OPEN') }),
      'The broker closed the connection at the first request, as a listener that requires a login does (BROKER_LOGIN_REFUSED)',
    ],
    'a certificate that has expired': [
      () => secured.tls('EXPIRED'),
      'The certificate of the broker has expired (BROKER_CERTIFICATE_INVALID)',
    ],
    'a certificate for another host': [
      () => secured.tls('OTHERHOST'),
      'The certificate of the broker is for another host name (BROKER_CERTIFICATE_INVALID)',
    ],
    'an authority that is not known': [
      () => ({ KAFKA_TLS: 'true', KAFKA_BROKERS: secured.at('LOGIN') }),
      'The certificate of the broker comes from an authority that is not trusted (BROKER_CERTIFICATE_INVALID)',
    ],
    'no certificate of the client': [
      () => secured.tls('MUTUAL'),
      'The broker does not accept the certificate of this client (BROKER_REFUSES_CERTIFICATE)',
    ],
    'no TLS where the listener wants it': [
      () => ({ KAFKA_BROKERS: secured.at('LOGIN') }),
      'The broker requires TLS (BROKER_TLS_MISMATCH)',
    ],
    'TLS where the listener has none': [
      () => ({ KAFKA_BROKERS: secured.plaintext, KAFKA_TLS: 'true' }),
      'The broker ended the connection during the TLS handshake (BROKER_TLS_MISMATCH)',
    ],
    'a good address of a broker that names another one, without TLS': [
      () => ({ ...secured.tls('LOGIN'), KAFKA_BROKERS: front }),
      'The broker ended the connection during the TLS handshake (BROKER_TLS_MISMATCH)',
    ],
    'a name that is not known': [
      () => ({ KAFKA_BROKERS: 'nowhere.invalid:9092' }),
      'The broker has an unknown host name (BROKER_UNREACHABLE)',
    ],
    'a port where nothing listens': [
      () => ({ KAFKA_BROKERS: '127.0.0.1:1' }),
      'The broker refuses connections (BROKER_UNREACHABLE)',
    ],
  };

  it('has the host in its message, and not in its public reason', async () => {
    const environments = [
      secured.password('plain', 'wr0ng-secret'),
      secured.tls('EXPIRED'),
      { KAFKA_BROKERS: secured.at('LOGIN') },
      { KAFKA_BROKERS: secured.at('OPEN') },
      { KAFKA_BROKERS: '127.0.0.1:1' },
    ];
    const errors = await Promise.all(
      environments.map((environment) => connect(environment).catch((thrown: unknown) => thrown as ServiceError)),
    );
    for (const [index, error] of errors.entries()) {
      const { KAFKA_BROKERS: host } = environments[index] as Environment;
      expect(error).toMatchObject({ message: expect.stringContaining(`: ${String(host)}`) });
      expect(error).toMatchObject({ reason: expect.not.stringContaining('127.0.0.1') });
    }
  });

  it('has the right code and sentence for every fault', async () => {
    const found = await Promise.all(
      Object.entries(cases).map(async ([name, [environment]]) => [name, await faultOf(await environment())] as const),
    );
    const expected = Object.entries(cases).map(([name, [, text]]) => [name, text]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });

  /** Returns sentence and code of the error, without the remedy, and with a star for paths of the test. */
  async function faultOf(environment: Environment): Promise<string> {
    try {
      await (await connect(environment)).close();
      return 'none';
    } catch (error) {
      const { reason, message, code } = error as ServiceError;
      for (const secret of ['wr0ng-secret', ...Object.values(PASSWORDS)]) expect(message).not.toContain(secret);
      const what = reason.slice(0, reason.indexOf(`. ${ERRORS[code]}`));
      return `${what.replaceAll(/\/tmp[^,]*/g, '*')} (${code})`;
    }
  }
});

it('connects although some addresses in KAFKA_BROKERS do not answer or do not exist', async () => {
  const dead = ['127.0.0.1:1', 'nowhere.invalid:9092', '127.0.0.1:99999'];
  const broker = await connect({ KAFKA_BROKERS: [...dead, secured.plaintext].join() });
  await exchange(broker);
  await broker.close();
});

it('connects although the certificates of some brokers are invalid', async () => {
  const brokers = [secured.at('EXPIRED'), secured.at('OTHERHOST'), secured.at('LOGIN')];
  const broker = await connect({ ...secured.password('plain'), KAFKA_BROKERS: brokers.join() });
  await exchange(broker);
  await broker.close();
});

it('renews a session before the broker ends it, with the current password', async () => {
  const file = secretFile(secured, 'session-password', PASSWORDS.pets);
  const environment = {
    ...secured.password('plain', ''),
    ...secured.tls('SESSIONS'),
    KAFKA_SASL_PASSWORD_FILE: file,
  };
  const logged: string[] = [];
  const log = pino({ base: null, level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const broker = await connect(environment, log);
  const troubles: string[] = [];
  const sent = new Set<string>();
  const consumer = await receive(broker, (value) => sent.delete(String(value)), troubles);
  for (const end = Date.now() + 2.5 * SESSION_MS; Date.now() < end; await sleep(100)) {
    const value = randomUUID();
    sent.add(value);
    await broker.publish(topic, [record(Buffer.from(value))], 8_000);
    await broker.missingTopics([topic]);
  }
  await until('not all was received', () => Promise.resolve(sent.size === 0));
  expect(troubles).toEqual([]);
  expect(logged.filter((line) => line.includes('kafkajs'))).toEqual([]);

  secretFile(secured, 'session-password', 'wr0ng-secret');
  const isRefused = () => Promise.resolve(troubles.some((reason) => reason.includes('refuses the login')));
  await until(() => `the login is not refused: ${troubles.join('\n')}`, isRefused);
  secretFile(secured, 'session-password', PASSWORDS.pets);
  await exchange(broker);
  await consumer.stop();
  await broker.close();
});
