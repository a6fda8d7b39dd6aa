import { describe, expect, it } from '@jest/globals';
import { ASKER } from '../support/asker.ts';
import { until } from '../support/until.ts';
import { embeddedReferences, servicesForAll } from '../support/stub.ts';

describe('the position of a character', () => {
  const services = servicesForAll();

  it('is requested each time', async () => {
    const { characterPoint } = services.sources;
    expect(await characterPoint.ask(ASKER, 4_294_967_201)).toEqual({ x: 201, y: -1 });
    expect(characterPoint.answerAtHand(ASKER, 4_294_967_201)).toBeUndefined();
    await characterPoint.ask(ASKER, 4_294_967_201);
    expect(services.stub.requests.characters).toBe(2);
  });

  it('is undefined if the service does not know the character', async () => {
    expect(await services.sources.characterPoint.ask(ASKER, 1_008)).toBeUndefined();
  });

  it('can be requested for a tenant whose region is no valid HTTP header', async () => {
    expect(await services.sources.characterPoint.ask({ ...ASKER, REGION: '\0\n' }, 7)).toEqual({ x: 7, y: -7 });
  });

  it('is undefined without a service', async () => {
    const { sources } = embeddedReferences();
    expect(sources.characterPoint.answerAtHand(ASKER, 1)).toEqual({ answer: undefined });
    expect(await sources.characterPoint.ask(ASKER, 1)).toBeUndefined();
  });

  it('is requested again after 2 s without an answer', async () => {
    services.stub.fail('characters', 'slow');
    const before = services.stub.requests.characters;
    const began = performance.now();
    const point = services.sources.characterPoint.ask(ASKER, 2);
    setTimeout(() => services.stub.fail('characters', undefined), 1_000);
    expect(await point).toEqual({ x: 2, y: -2 });
    expect(services.stub.requests.characters).toBe(before + 2);
    expect(performance.now() - began).toBeGreaterThan(2_000);
  });
});

describe('the position of a character while the service fails', () => {
  let id = 10;
  const services = servicesForAll({ maxOptionalWaitMs: 1_000 });

  it('is undefined after 3 tries with status 500, which is logged once', async () => {
    services.stub.fail('characters', '500', 3);
    for (const times of [1, 2]) {
      expect(await services.sources.characterPoint.ask(ASKER, 3)).toBeUndefined();
      expect(services.stub.requests.characters).toBe(3 * times);
    }
    expect(services.logged).toHaveLength(1);
    expect(services.logged[0]).toContain('characters service, GET characters/3');
    expect(await services.sources.characterPoint.ask(ASKER, 4)).toEqual({ x: 4, y: -4 });
  });

  it.each(['garbage', 'wrong-shape', 'refused', 'too-large', 'slow'] as const)(
    'is undefined in an outage (%s), and known again afterwards',
    async (failure) => {
      services.stub.fail('characters', failure);
      // Asks another question each time: the same one would share a request that may still hang.
      const ask = () => services.sources.characterPoint.ask(ASKER, (id += 1));
      expect(await ask()).toBeUndefined();
      services.stub.fail('characters', undefined);
      await until('it stays undefined', async () => (await ask())?.x === id);
    },
  );
});
