import { expect, it } from '@jest/globals';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { topicOf } from '../../src/operator/topic-of.ts';
import { ConfigError, readConfig } from '../../src/config.ts';

it.each([undefined, '', 'pets.commands'])('returns the same topic as the service for the variable %p', (named) => {
  const environment = {
    KAFKA_BROKERS: 'localhost:9092',
    DATABASE_URL: 'postgresql://localhost/pets',
    [petCommand.env]: named,
  };
  expect(topicOf(petCommand, environment)).toBe(readConfig(environment).topicOf(petCommand.name));
});

it('throws a configuration error for an invalid topic name', () => {
  const environment = { [petCommand.env]: 'pets commands' };
  expect(() => topicOf(petCommand, environment)).toThrow(ConfigError);
  expect(() => topicOf(petCommand, environment)).toThrow(`${petCommand.env} is not valid`);
});
