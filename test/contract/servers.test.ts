/** Compares the servers of the contract, and how clients log in to them, with what the service can do. */
import { expect, it } from '@jest/globals';
import { SASL_MECHANISMS } from '../../src/transport/security.ts';
import { allVariables } from '../../src/variables.ts';
import { document } from './replies.ts';

const { securitySchemes } = document.components;

/** The types of the specification, by the mechanisms of Kafka. */
const TYPES: Readonly<Record<(typeof SASL_MECHANISMS)[number], string>> = {
  plain: 'plain',
  'scram-sha-256': 'scramSha256',
  'scram-sha-512': 'scramSha512',
  oauthbearer: 'oauth2',
};

it('has a security scheme for each mechanism, which names it, and one for certificates', () => {
  const schemes = Object.values(securitySchemes);
  expect(schemes.map(({ type }) => type).sort()).toEqual([...Object.values(TYPES), 'X509'].sort());
  for (const mechanism of SASL_MECHANISMS) {
    const scheme = schemes.find(({ type }) => type === TYPES[mechanism]);
    expect(scheme?.description).toContain(`KAFKA_SASL_MECHANISM=${mechanism}:`);
  }
});

it('has every scheme on the server with TLS, and every login on the other', () => {
  const pathsOf = (names: readonly string[]) => names.map((name) => `#/components/securitySchemes/${name}`);
  const { kafka, kafkaSecure } = document.servers;
  expect(kafkaSecure.security.map(({ $ref: path }) => path)).toEqual(pathsOf(Object.keys(securitySchemes)));
  const logins = Object.keys(securitySchemes).filter((name) => name.startsWith('sasl'));
  expect(kafka.security.map(({ $ref: path }) => path)).toEqual(pathsOf(logins));
});

it('names every variable of TLS and login, and no other', () => {
  const texts = [...Object.values(document.servers), ...Object.values(securitySchemes)].map((one) => one.description);
  const named = texts.join(' ').match(/KAFKA_[A-Z_]*[A-Z]/g) ?? [];
  const existing = Object.keys(allVariables()).filter((name) => /^KAFKA_(?:BROKERS|TLS|SASL)/.test(name));
  expect([...new Set(named)].sort()).toEqual(existing.sort());
});
