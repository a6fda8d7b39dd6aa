import { describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig } from '../src/config.ts';

const REQUIRED = { KAFKA_BROKERS: 'a:9092', DATABASE_URL: 'postgresql://pets:secret@db/pets' };

describe('the configuration', () => {
  it('has defaults for everything except brokers and database', () => {
    const config = readConfig(REQUIRED);
    expect(config).toMatchObject({
      brokers: ['a:9092'],
      groupId: 'pet-service',
      httpPort: 8080,
      httpHost: '127.0.0.1',
    });
    expect(config.topicOf('petCommand')).toBe('COMMAND_TOPIC_PET');
  });

  it('takes a topic from its variable, and treats an empty variable as unset', () => {
    const config = readConfig({ ...REQUIRED, COMMAND_TOPIC_PET: 'pets.in', HTTP_PORT: '' });
    expect(config.topicOf('petCommand')).toBe('pets.in');
    expect(config.httpPort).toBe(8080);
  });

  it('reports all faults at once, without values', () => {
    const read = () =>
      readConfig({ DATABASE_URL: 'mysql://pets:secret@db', HTTP_PORT: '99999', LOG_LEVEL: 'loud', KAFKA_START: '7' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/KAFKA_BROKERS is missing[^]*DATABASE_URL is not valid/);
    for (const name of ['HTTP_PORT', 'LOG_LEVEL', 'KAFKA_START']) expect(read).toThrow(name);
    expect(read).not.toThrow(/secret|99999|loud/);
  });

  it('takes base URLs of other services, and reports invalid ones', () => {
    const url = 'https://pets:secret@data.example:8443/api/';
    expect(readConfig({ ...REQUIRED, DATA_BASE_URL: url }).baseUrls).toEqual({ data: url });
    const bad = ['data.example', 'ftp://data.example', 'http://data.example:99999', 'http://data.example/?key=secret'];
    for (const value of bad)
      expect(() => readConfig({ ...REQUIRED, SKILLS_BASE_URL: value })).toThrow(/SKILLS_BASE_URL is/);
  });

  it('forwards ENVIRONMENT by default', () => {
    const namesOf = (setting: string) => readConfig({ ...REQUIRED, FORWARDED_HEADERS: setting }).forwardedHeaders;
    expect(namesOf('')).toEqual(['ENVIRONMENT']);
    expect(namesOf('ENVIRONMENT,X-Shard.2')).toEqual(['ENVIRONMENT', 'X-Shard.2']);
    expect(namesOf('none')).toEqual([]);
  });

  it.each([
    ['A,,B', 'is not valid'],
    ['A B', 'is not valid'],
    ['A:', 'is not valid'],
    ['x'.repeat(65), 'is not valid'],
    ['A,tenant_id', 'names headers of the contract or of HTTP itself: tenant_id'],
    ['SEQUENCE,DEAD_LETTER_ID', 'names headers of the contract or of HTTP itself: SEQUENCE, DEAD_LETTER_ID'],
    ['Host,Content-Length', 'names headers of the contract or of HTTP itself: Host, Content-Length'],
    ['A,B,a', 'names a header twice'],
    [Array.from({ length: 17 }, (_, at) => `H${at}`).join(), 'names 17 headers, at most 16 are possible'],
  ])('refuses to forward %s', (setting, fault) => {
    expect(() => readConfig({ ...REQUIRED, FORWARDED_HEADERS: setting })).toThrow(`FORWARDED_HEADERS ${fault}`);
  });

  it('reads a variable under its former name, and reports that', () => {
    const config = readConfig({ ...REQUIRED, OUTBOX_MOST_ROWS: '7', OUTBOX_MOST_AGE_MS: '8000' });
    expect(config).toMatchObject({ outboxMaxRows: 7, outboxMaxAgeMs: 8_000 });
    expect(config.renamedVariables).toEqual([
      { name: 'OUTBOX_MAX_ROWS', formerName: 'OUTBOX_MOST_ROWS' },
      { name: 'OUTBOX_MAX_AGE_MS', formerName: 'OUTBOX_MOST_AGE_MS' },
    ]);
    expect(readConfig(REQUIRED).renamedVariables).toEqual([]);
    expect(() => readConfig({ ...REQUIRED, OUTBOX_MOST_ROWS: 'many' })).toThrow(/OUTBOX_MAX_ROWS is not valid/);
  });

  it('takes the same value under both names, and refuses two different ones', () => {
    const both = { ...REQUIRED, OUTBOX_MAX_ROWS: '7', OUTBOX_MOST_ROWS: '7' };
    expect(readConfig(both).outboxMaxRows).toBe(7);
    expect(() => readConfig({ ...both, OUTBOX_MOST_ROWS: '8' })).toThrow(
      'OUTBOX_MAX_ROWS and OUTBOX_MOST_ROWS, its former name, are both set and differ',
    );
    expect(readConfig({ ...both, OUTBOX_MOST_ROWS: '' }).renamedVariables).toEqual([]);
  });

  it('refuses one topic for two channels', () => {
    expect(() => readConfig({ ...REQUIRED, COMMAND_TOPIC_PET: 'x', EVENT_TOPIC_PET_STATUS: 'x' })).toThrow(
      /COMMAND_TOPIC_PET and EVENT_TOPIC_PET_STATUS name the same topic/,
    );
  });
});

describe('the security of Kafka', () => {
  const securityOf = (environment: Record<string, string>) => readConfig({ ...REQUIRED, ...environment }).kafkaSecurity;
  const LOGIN = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'pets', KAFKA_SASL_PASSWORD: 'secret' };
  const TOKEN = { KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_SASL_TOKEN_FILE: '/token' };

  it('is none unless a variable asks for it', () => {
    expect(securityOf({})).toEqual({});
    expect(securityOf({ KAFKA_TLS: 'false' })).toEqual({});
    expect(securityOf({ KAFKA_TLS: 'true' })).toEqual({ tls: {} });
  });

  it('is TLS if a file for TLS is named', () => {
    const ca = { variable: 'KAFKA_TLS_CA_FILE', path: '/ca' };
    expect(securityOf({ KAFKA_TLS_CA_FILE: '/ca' })).toEqual({ tls: { ca } });
    const own = { KAFKA_TLS_CERT_FILE: '/cert', KAFKA_TLS_KEY_FILE: '/key' };
    expect(securityOf(own).tls?.own).toMatchObject({ cert: { path: '/cert' }, key: { path: '/key' } });
  });

  it('is a login by password, token file or token endpoint', () => {
    const password = { value: 'secret' };
    expect(securityOf(LOGIN)).toEqual({ login: { mechanism: 'plain', username: 'pets', password } });
    expect(securityOf(TOKEN).login).toMatchObject({ token: { path: '/token' } });
    const endpoint = { KAFKA_SASL_TOKEN_ENDPOINT: 'https://login.example/token', KAFKA_SASL_TOKEN_FILE: '' };
    expect(securityOf({ ...LOGIN, ...TOKEN, ...endpoint }).login).toMatchObject({
      token: { url: 'https://login.example/token', clientId: 'pets', clientSecret: password },
    });
  });

  it.each<[Record<string, string>, string]>([
    [{ KAFKA_TLS: 'yes' }, 'KAFKA_TLS is not valid'],
    [{ KAFKA_TLS: 'false', KAFKA_TLS_CA_FILE: '/ca' }, 'KAFKA_TLS_CA_FILE: not to be set with KAFKA_TLS=false'],
    [{ KAFKA_TLS_CERT_FILE: '/cert' }, 'KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE belong together'],
    [{ KAFKA_SASL_MECHANISM: 'gssapi' }, 'KAFKA_SASL_MECHANISM is not valid'],
    [{ KAFKA_SASL_PASSWORD: 'secret' }, 'KAFKA_SASL_MECHANISM is missing, and is needed for KAFKA_SASL_PASSWORD'],
    [{ ...LOGIN, KAFKA_SASL_USERNAME: '' }, 'KAFKA_SASL_USERNAME is missing, which plain needs'],
    [{ ...LOGIN, KAFKA_SASL_PASSWORD: '' }, 'plain needs either KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE'],
    [
      { ...LOGIN, KAFKA_SASL_PASSWORD_FILE: '/p' },
      'plain needs either KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE',
    ],
    [{ ...LOGIN, KAFKA_SASL_TOKEN_FILE: '/token' }, 'KAFKA_SASL_TOKEN_FILE: not to be set with plain'],
    [
      { ...TOKEN, KAFKA_SASL_TOKEN_FILE: '' },
      'oauthbearer takes either KAFKA_SASL_TOKEN_FILE or KAFKA_SASL_TOKEN_ENDPOINT',
    ],
    [{ ...TOKEN, KAFKA_SASL_USERNAME: 'pets' }, 'KAFKA_SASL_USERNAME: not to be set with a token file'],
    [{ ...TOKEN, KAFKA_SASL_TOKEN_ENDPOINT: 'https://pets:secret@x' }, 'KAFKA_SASL_TOKEN_ENDPOINT is not valid'],
  ])('refuses %j, without naming a value', (environment, fault) => {
    expect(() => securityOf(environment)).toThrow(fault);
    expect(() => securityOf(environment)).not.toThrow(/secret/);
  });
});
