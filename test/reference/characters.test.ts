import { describe, expect, it } from '@jest/globals';
import { ASKER } from '../support/asker.ts';
import { until } from '../support/until.ts';
import { embeddedReferences, servicesForAll } from '../support/stub.ts';

describe('where a character stands', () => {
  const asked = servicesForAll();

  it('is what the service says, each time', async () => {
    const { characterPoint } = asked.sources;
    expect(await characterPoint.ask(ASKER, 4_294_967_201)).toEqual({ x: 201, y: -1 });
    expect(characterPoint.answerAtHand(ASKER, 4_294_967_201)).toBeUndefined();
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
    expect(sources.characterPoint.answerAtHand(ASKER, 1)).toEqual({ answer: undefined });
    expect(await sources.characterPoint.ask(ASKER, 1)).toBeUndefined();
  });

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

describe('where a character stands, while its service fails', () => {
  let id = 10;
  const asked = servicesForAll({ maxDecorationWaitMs: 1_000 });

  it('at the question counts as none after 3 tries, and is logged once', async () => {
    asked.stub.fail('characters', '500', 3);
    for (const times of [1, 2]) {
      expect(await asked.sources.characterPoint.ask(ASKER, 3)).toBeUndefined();
      expect(asked.stub.requests.characters).toBe(3 * times);
    }
    expect(asked.logged).toHaveLength(1);
    expect(asked.logged[0]).toContain('characters service, GET characters/3');
    expect(await asked.sources.characterPoint.ask(ASKER, 4)).toEqual({ x: 4, y: -4 });
  });

  it.each(['garbage', 'wrong-shape', 'refused', 'too-large', 'slow'] as const)(
    'altogether (%s) counts as none in the end, and no longer when it is back',
    async (failure) => {
      asked.stub.fail('characters', failure);
      // A question of its own each time: the same one shares the request that may still hang.
      const ask = () => asked.sources.characterPoint.ask(ASKER, (id += 1));
      expect(await ask()).toBeUndefined();
      asked.stub.fail('characters', undefined);
      await until('it stays none', async () => (await ask())?.x === id);
    },
  );
});
