import { describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig } from '../src/config.ts';

const ENOUGH = { KAFKA_BROKERS: 'a:9092', DATABASE_URL: 'postgresql://pets:secret@db/pets' };

describe('the configuration', () => {
  it('has defaults for all that can have one', () => {
    const config = readConfig(ENOUGH);
    expect(config).toMatchObject({
      brokers: ['a:9092'],
      groupId: 'pet-service',
      httpPort: 8080,
      httpHost: '127.0.0.1',
    });
    expect(config.topicOf('petCommand')).toBe('COMMAND_TOPIC_PET');
  });

  it('takes a topic from its variable, and an empty variable as none', () => {
    const config = readConfig({ ...ENOUGH, COMMAND_TOPIC_PET: 'pets.in', HTTP_PORT: '' });
    expect(config.topicOf('petCommand')).toBe('pets.in');
    expect(config.httpPort).toBe(8080);
  });

  it('names every fault at once, and no value', () => {
    const read = () =>
      readConfig({ DATABASE_URL: 'mysql://pets:secret@db', HTTP_PORT: '99999', LOG_LEVEL: 'loud', KAFKA_START: '7' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/KAFKA_BROKERS is missing[^]*DATABASE_URL is not valid/);
    for (const name of ['HTTP_PORT', 'LOG_LEVEL', 'KAFKA_START']) expect(read).toThrow(name);
    expect(read).not.toThrow(/secret|99999|loud/);
  });

  it('takes base URLs of other services, and names those that are none', () => {
    const url = 'https://pets:secret@data.example:8443/api/';
    expect(readConfig({ ...ENOUGH, DATA_BASE_URL: url }).baseUrls).toEqual({ data: url });
    const bad = ['data.example', 'ftp://data.example', 'http://data.example:99999', 'http://data.example/?key=secret'];
    for (const value of bad)
      expect(() => readConfig({ ...ENOUGH, SKILLS_BASE_URL: value })).toThrow(/SKILLS_BASE_URL is/);
  });

  it('forwards ENVIRONMENT where nothing else is said', () => {
    const namesOf = (setting: string) => readConfig({ ...ENOUGH, FORWARDED_HEADERS: setting }).forwardedHeaders;
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
    expect(() => readConfig({ ...ENOUGH, FORWARDED_HEADERS: setting })).toThrow(`FORWARDED_HEADERS ${fault}`);
  });

  it('refuses one topic for two channels', () => {
    expect(() => readConfig({ ...ENOUGH, COMMAND_TOPIC_PET: 'x', EVENT_TOPIC_PET_STATUS: 'x' })).toThrow(
      /COMMAND_TOPIC_PET and EVENT_TOPIC_PET_STATUS name the same topic/,
    );
  });
});
