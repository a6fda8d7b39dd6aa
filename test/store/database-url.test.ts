/** The parameters of DATABASE_URL for TLS and password, and their faults. */
import { describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig } from '../../src/config.ts';
import { shareConnections } from '../../src/store/connection-shares.ts';
import { addressFaults, addressOf } from '../../src/store/database-url.ts';

const PLAIN = 'postgresql://pets:s3cret@db:5432/pets';
const BARE = 'postgresql://pets@db:5432/pets';

it.each([
  ['sslmode=prefer', /^sslmode .*may go on in plain text$/],
  ['sslmode=allow', /^sslmode /],
  ['sslmode=no-verify', /^sslmode /],
  ['sslmode=', /^sslmode /],
  ['sslrootcert=/ca', /names files for TLS and no sslmode/],
  ['sslmode=disable&sslrootcert=/ca', /names files for TLS and no sslmode/],
  ['sslmode=verify-ca', /verify-ca .*needs sslrootcert/],
  ['sslmode=verify-full&sslcert=/cert', /sslcert and sslkey together/],
  ['sslmode=verify-full&sslkey=/key', /sslcert and sslkey together/],
  ['ssl=true', /does not support: ssl$/],
  ['sslmode=require&uselibpqcompat=true&sslcrl=/crl', /does not support: sslcrl, uselibpqcompat$/],
  ['passfile=/pass', /does not support: passfile$/],
  ['SSLMODE=verify-full', /does not support: SSLMODE$/],
  ['sslMode=verify-full&ssl_mode=verify-full&tls=1', /does not support: sslMode, ssl_mode, tls$/],
  ['sslmode=verify-full&sslmode=disable', /parameters more than once: sslmode$/],
  ['sslmode=require&sslrootcert=system', /sslrootcert=system .*needs sslmode=verify-full/],
])('rejects ?%s', (query, fault) => {
  expect(addressFaults(`${PLAIN}?${query}`)).toEqual([expect.stringMatching(fault)]);
  expect(() => addressOf(`${PLAIN}?${query}`)).toThrow(/\(CONFIG_INVALID\)$/);
});

it.each([
  ['', undefined],
  ['?sslmode=disable', undefined],
  ['?sslmode=require', { mode: 'require', rootCert: undefined, cert: undefined, key: undefined }],
  ['?sslmode=verify-full&sslrootcert=system', { mode: 'verify-full', rootCert: undefined }],
  [
    '?sslmode=verify-full&sslrootcert=/ca&sslcert=/cert&sslkey=/key&application_name=x',
    { mode: 'verify-full', rootCert: '/ca', cert: '/cert', key: '/key' },
  ],
])('does not pass the TLS parameters of %j to pg', (query, tls) => {
  const address = addressOf(`${PLAIN}${query}`);
  expect(address.tls).toEqual(tls);
  expect(address.connectionString).not.toContain('ssl');
  expect(address.connectionString).toContain(PLAIN);
});

it.each(['postgresql://pets:s3cret@db:99999/pets', 'postgresql://pets:s3cret@d[b/pets', 's3cret'])(
  'reports an invalid URL without its text',
  (text) => {
    expect(addressFaults(text)).toEqual([expect.stringMatching(/^DATABASE_URL is not a URL/)]);
    expect(addressFaults(text).join()).not.toContain('s3cret');
  },
);

it('rejects a password in the URL and in a file', () => {
  expect(addressFaults(BARE, '/password')).toEqual([]);
  const twice = [expect.stringMatching(/DATABASE_URL has a password, and DATABASE_PASSWORD_FILE is set/)];
  expect(addressFaults(PLAIN, '/password')).toEqual(twice);
  expect(addressFaults(`${BARE}?password=s3cret`, '/password')).toEqual(twice);
});

describe('the configuration', () => {
  it('has all faults in its error, and no secret', () => {
    const environment = {
      KAFKA_BROKERS: 'broker:9092',
      DATABASE_URL: `${PLAIN}?sslmode=prefer&sslcert=/cert`,
      DATABASE_PASSWORD_FILE: '/password',
    };
    let message = '';
    try {
      readConfig(environment);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      ({ message } = error);
    }
    expect(message.match(/^ {2}.*/gm)).toHaveLength(3);
    expect(message).not.toMatch(/s3cret|\/cert|\/password/);
  });

  it.each(['6', '111', 'many'])('refuses DATABASE_MAX_CONNECTIONS=%s', (value) => {
    const environment = { KAFKA_BROKERS: 'broker:9092', DATABASE_URL: PLAIN, DATABASE_MAX_CONNECTIONS: value };
    expect(() => readConfig(environment)).toThrow(/DATABASE_MAX_CONNECTIONS is not valid: it takes 7 to 110/);
  });
});

it.each([
  [7, 5, 2],
  [10, 5, 5],
  [20, 10, 10],
  [50, 10, 40],
])('divides %d connections: %d for the service, %d for HTTP', (total, service, http) => {
  expect(shareConnections(total)).toEqual({ service, http });
});
