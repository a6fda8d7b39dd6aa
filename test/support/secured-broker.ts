/** A broker of one test with a listener for every kind of security; its certificates are generated at the start. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Embedded } from '../../scripts/embedded/embedded.ts';
import { startKafka } from '../../scripts/embedded/kafka.ts';
import { choosePort } from '../../scripts/embedded/ports.ts';
import { temporaryFolder } from '../../scripts/embedded/temporary.ts';
import { createAuthority } from './certificates.ts';
import type { Authority, Certificate } from './certificates.ts';

/** The listeners, and the security of each. */
const LISTENERS = {
  /** TLS and a login by every mechanism. */
  LOGIN: 'SASL_SSL',
  /** TLS and a login, with sessions that end after some seconds. */
  SESSIONS: 'SASL_SSL',
  EXPIRED: 'SSL',
  OTHERHOST: 'SSL',
  /** TLS with client certificates. */
  MUTUAL: 'SSL',
  /** A login without encryption. */
  OPEN: 'SASL_PLAINTEXT',
} as const;
type Listener = keyof typeof LISTENERS;

export const SESSION_MS = 6_000;
/** The service connects as `pets`, which has every right; `limited` has none. */
export const USER = 'pets';
export const PASSWORDS = { pets: 'pa55-of-pets', limited: 'pa55-of-limited' } as const;

export interface SecuredBroker {
  readonly folder: string;
  /** The address of a listener without security, for the clients of tests. */
  readonly plaintext: string;
  /** Returns the current authority of the brokers' certificates. */
  readonly authority: () => Authority;
  /** `127.0.0.1:port` of a listener. */
  at(listener: Listener): string;
  /** Variables for a listener and the authority. */
  tls(listener: Listener): NodeJS.ProcessEnv;
  /** Variables for the listener LOGIN, by user and password. */
  password(mechanism: string, password?: string, user?: string): NodeJS.ProcessEnv;
  /** A certificate for a client, that the broker trusts. */
  client(name: string): Promise<Certificate>;
  stop(): Promise<void>;
  /** Restarts it with certificates of a new authority and another password for `plain`. */
  renew(password: string): Promise<void>;
  close(): Promise<void>;
}

/** Returns an unsigned token, which Kafka's validator for tests accepts. */
export function unsignedToken(user: string, lifetimeSeconds: number): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { sub: user, iat: now, exp: now + lifetimeSeconds };
  const parts = [{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return `${parts.join('.')}.`;
}

export async function startSecuredBroker(): Promise<SecuredBroker> {
  const { path: folder, remove } = await temporaryFolder();
  const plaintextPort = await choosePort();
  const ports = {} as Record<Listener, number>;
  for (const name of Object.keys(LISTENERS) as Listener[]) ports[name] = await choosePort();
  const clients = await createAuthority(folder, 'clients-ca');
  let authority = await createAuthority(folder, 'brokers-ca');
  let kafka: Embedded = await start(PASSWORDS.pets);

  async function start(password: string): Promise<Embedded> {
    const hosts = ['127.0.0.1', 'localhost'];
    const good = keystore(await authority.issue('broker', { hosts }));
    const certificates: Partial<Record<Listener, string>> = {
      LOGIN: good,
      SESSIONS: good,
      MUTUAL: good,
      EXPIRED: keystore(await authority.issue('expired', { hosts, isExpired: true })),
      OTHERHOST: keystore(await authority.issue('other', { hosts: ['other.test'] })),
    };
    return startKafka({
      dataDir: join(folder, 'kafka'),
      port: plaintextPort,
      extras: {
        listeners: Object.entries(LISTENERS).map(([name, protocol]) => ({
          name,
          protocol,
          port: ports[name as Listener],
        })),
        settings: {
          ...Object.fromEntries(
            Object.entries(certificates).flatMap(([name, file]) => keystoreSettings(name as Listener, file)),
          ),
          ...mechanismSettings('LOGIN', password),
          ...mechanismSettings('SESSIONS', password),
          ...mechanismSettings('OPEN', password),
          'listener.name.sessions.plain.connections.max.reauth.ms': String(SESSION_MS),
          'listener.name.mutual.ssl.client.auth': 'required',
          'listener.name.mutual.ssl.truststore.type': 'PEM',
          'listener.name.mutual.ssl.truststore.location': clients.caFile,
          'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          'super.users': `User:ANONYMOUS;User:${USER};User:CN=${USER}`,
        },
        scramUsers: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) =>
          Object.entries(PASSWORDS).map(([user, secret]) => `${mechanism}=[name=${user},password=${secret}]`),
        ),
      },
    });
  }

  const at = (listener: Listener) => `127.0.0.1:${String(ports[listener])}`;
  const tls = (listener: Listener) => ({ KAFKA_BROKERS: at(listener), KAFKA_TLS_CA_FILE: authority.caFile });
  return {
    folder,
    plaintext: `127.0.0.1:${String(plaintextPort)}`,
    authority: () => authority,
    at,
    tls,
    password: (mechanism, password = PASSWORDS.pets, user = USER) => ({
      ...tls('LOGIN'),
      KAFKA_SASL_MECHANISM: mechanism,
      KAFKA_SASL_USERNAME: user,
      KAFKA_SASL_PASSWORD: password,
    }),
    client: (name) => clients.issue(name),
    stop: () => kafka.stop(),
    async renew(password) {
      await kafka.stop();
      authority = await createAuthority(folder, 'renewed-ca');
      kafka = await start(password);
    },
    async close() {
      await kafka.stop();
      await remove();
    },
  };
}

/** Returns key and certificate in one file, the format of Kafka. */
function keystore({ certFile, keyFile }: Certificate): string {
  const file = certFile.replace(/crt$/, 'pem');
  writeFileSync(file, `${readFileSync(certFile, 'utf8')}\n${readFileSync(keyFile, 'utf8')}`);
  return file;
}

function keystoreSettings(listener: Listener, file: string): [string, string][] {
  const prefix = `listener.name.${listener.toLowerCase()}.ssl.keystore`;
  return [
    [`${prefix}.type`, 'PEM'],
    [`${prefix}.location`, file],
  ];
}

function mechanismSettings(listener: Listener, password: string): Record<string, string> {
  const prefix = `listener.name.${listener.toLowerCase()}`;
  const module = (name: string, options = '') =>
    `org.apache.kafka.common.security.${name}LoginModule required${options};`;
  return {
    [`${prefix}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    [`${prefix}.plain.sasl.jaas.config`]: module(
      'plain.Plain',
      ` user_${USER}="${password}" user_limited="${PASSWORDS.limited}"`,
    ),
    [`${prefix}.scram-sha-256.sasl.jaas.config`]: module('scram.Scram'),
    [`${prefix}.scram-sha-512.sasl.jaas.config`]: module('scram.Scram'),
    [`${prefix}.oauthbearer.sasl.jaas.config`]: module(
      'oauthbearer.OAuthBearer',
      ' unsecuredLoginStringClaim_sub="unused"',
    ),
  };
}

/** Writes a password or a token into a file for the service. @returns its path. */
export function secretFile(broker: SecuredBroker, name: string, text: string): string {
  const file = join(broker.folder, name);
  writeFileSync(file, text);
  return file;
}
