import { describe, expect, it } from '@jest/globals';
import { readFoothold } from '../../src/reference/maps.ts';
import { ASKER } from '../support/asker.ts';
import { embeddedReferences, servicesForAll } from '../support/stub.ts';

describe('the foothold below a point', () => {
  const services = servicesForAll({ maxOptionalWaitMs: 1_000 });

  it('is requested once, and cached', async () => {
    const { foothold } = services.sources;
    const point = { mapId: 100_000_000, x: -32_768, y: 32_767 };
    expect(foothold.answerAtHand(ASKER, point)).toBeUndefined();
    expect(await foothold.ask(ASKER, point)).toBe(42);
    expect(foothold.answerAtHand(ASKER, { ...point })).toEqual({ answer: 42 });
    for (const other of [{ mapId: 1 }, { x: 0 }, { y: 0 }])
      expect(foothold.answerAtHand(ASKER, { ...point, ...other })).toBeUndefined();
  });

  it('is undefined if the service does not know the map (404), and that is cached', async () => {
    const nowhere = { mapId: 3, x: 0, y: 0 };
    services.stub.fail('data', '404', 3);
    expect(await services.sources.foothold.ask(ASKER, nowhere)).toBeUndefined();
    expect(services.sources.foothold.answerAtHand(ASKER, nowhere)).toEqual({ answer: undefined });
  });

  it('is undefined if the service answers 500, and that is not cached', async () => {
    const nowhere = { mapId: 999_999_999, x: 0, y: 0 };
    expect(await services.sources.foothold.ask(ASKER, nowhere)).toBeUndefined();
    expect(services.sources.foothold.answerAtHand(ASKER, nowhere)).toBeUndefined();
  });

  it('has the low 16 bits of a larger id, as the Go services send it', () => {
    const read = (id: string) => readFoothold({ data: { type: 'footholds', id } });
    expect(['1', '-1', '32767', '32768', '65535', '65536', '4294967295'].map(read)).toEqual([
      1, -1, 32_767, -32_768, -1, 0, -1,
    ]);
    expect(() => read('x')).toThrow('/data/id');
  });

  it('is undefined in an outage, and that is not cached', async () => {
    const point = { mapId: 2, x: 0, y: 0 };
    services.stub.fail('data', 'wrong-shape');
    expect(await services.sources.foothold.ask(ASKER, point)).toBeUndefined();
    services.stub.fail('data', undefined);
    expect(services.sources.foothold.answerAtHand(ASKER, point)).toBeUndefined();
    expect(await services.sources.foothold.ask(ASKER, point)).toBe(42);
  });

  it('is undefined without a service', async () => {
    const { foothold } = embeddedReferences().sources;
    expect(foothold.answerAtHand(ASKER, { mapId: 1, x: 0, y: 0 })).toEqual({ answer: undefined });
    expect(await foothold.ask(ASKER, { mapId: 1, x: 0, y: 0 })).toBeUndefined();
  });
});
