import { describe, expect, it } from '@jest/globals';
import type { Client } from '../../src/reference/client.ts';
import { askedSkills } from '../../src/reference/skills.ts';
import { ReferenceError } from '../../src/reference/source.ts';
import { ASKER } from '../support/asker.ts';
import { embeddedReferences, servicesForAll } from '../support/stub.ts';

describe('the skill for more than one pet', () => {
  const asked = servicesForAll();

  it('is there where the service says so, each time', async () => {
    const { multiPetSkill } = asked.sources;
    expect(await multiPetSkill.ask(ASKER, 1)).toBe(true);
    expect(asked.stub.requests.skills).toBe(1);
    expect(multiPetSkill.known(ASKER, 1)).toBeUndefined();
  });

  it('is not there where the service knows neither form of it', async () => {
    const before = asked.stub.requests.skills;
    expect(await asked.sources.multiPetSkill.ask(ASKER, 9)).toBe(false);
    expect(asked.stub.requests.skills).toBe(before + 2);
  });

  it('is an error where the service fails 3 times', async () => {
    asked.stub.fail('skills', 'refused');
    const before = asked.stub.requests.skills;
    await expect(asked.sources.multiPetSkill.ask(ASKER, 1)).rejects.toThrow(ReferenceError);
    expect(asked.stub.requests.skills).toBe(before + 3);
    asked.stub.fail('skills', undefined);
  });

  it('is not needed without a service', async () => {
    const { multiPetSkill } = embeddedReferences().sources;
    expect(multiPetSkill.known(ASKER, 1)).toEqual({ answer: true });
    expect(await multiPetSkill.ask(ASKER, 1)).toBe(true);
  });
});

describe('the level of the skill', () => {
  it.each([
    [{ 1_008: 1 }, true],
    [{ 1_008: 0, 10_001_008: 20 }, true],
    [{ 10_001_008: 1 }, true],
    [{ 1_008: 0, 10_001_008: 0 }, false],
    [{ 1_008: 0 }, false],
    [{}, false],
  ])('%j is enough: %j', async (levels: Readonly<Record<string, number>>, enough) => {
    const get: Client['get'] = (_asker, path, read) => {
      const level = levels[path.replace('characters/3/skills/', '')];
      return Promise.resolve(level === undefined ? undefined : read({ data: { attributes: { level } } }));
    };
    expect(await askedSkills({ get }).ask(ASKER, 3)).toBe(enough);
  });
});
