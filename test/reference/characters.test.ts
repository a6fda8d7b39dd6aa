import { describe, expect, it } from '@jest/globals';
import { ReferenceError } from '../../src/reference/source.ts';
import { ASKER } from '../support/asker.ts';
import { embeddedReferences, servicesForAll } from '../support/stub.ts';

describe('where a character stands', () => {
  const asked = servicesForAll();

  it('is what the service says, each time', async () => {
    const { characterPoint } = asked.sources;
    expect(await characterPoint.ask(ASKER, 4_294_967_201)).toEqual({ x: 201, y: -1 });
    expect(characterPoint.known(ASKER, 4_294_967_201)).toBeUndefined();
    await characterPoint.ask(ASKER, 4_294_967_201);
    expect(asked.stub.requests.characters).toBe(2);
  });

  it('is not known of a character that the service does not know', async () => {
    expect(await asked.sources.characterPoint.ask(ASKER, 1_008)).toBeUndefined();
  });

  it('can be asked for a tenant whose region no header can carry', async () => {
    expect(await asked.sources.characterPoint.ask({ ...ASKER, REGION: '\0\n' }, 7)).toEqual({ x: 7, y: -7 });
  });

  it('is not known without a service', async () => {
    const { sources } = embeddedReferences();
    expect(sources.characterPoint.known(ASKER, 1)).toEqual({ answer: undefined });
    expect(await sources.characterPoint.ask(ASKER, 1)).toBeUndefined();
  });

  it.each(['500', 'garbage', 'wrong-shape', 'refused', 'too-large'] as const)(
    'is an error where the service fails (%s) 3 times',
    async (failure) => {
      asked.stub.fail('characters', failure);
      const before = asked.stub.requests.characters;
      await expect(asked.sources.characterPoint.ask(ASKER, 1)).rejects.toThrow(ReferenceError);
      expect(asked.stub.requests.characters).toBe(before + 3);
      asked.stub.fail('characters', undefined);
      expect(await asked.sources.characterPoint.ask(ASKER, 1)).toEqual({ x: 1, y: -1 });
    },
  );

  it('heals where a service that is slow is quick again: after 2 s it is asked anew', async () => {
    asked.stub.fail('characters', 'slow');
    const before = asked.stub.requests.characters;
    const began = performance.now();
    const point = asked.sources.characterPoint.ask(ASKER, 2);
    setTimeout(() => asked.stub.fail('characters', undefined), 1_000);
    expect(await point).toEqual({ x: 2, y: -2 });
    expect(asked.stub.requests.characters).toBe(before + 2);
    expect(performance.now() - began).toBeGreaterThan(2_000);
  });
});
