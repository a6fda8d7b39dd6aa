import { describe, expect, it } from '@jest/globals';
import { readFoothold } from '../../src/reference/maps.ts';
import { ASKER } from '../support/asker.ts';
import { embeddedReferences, servicesForAll } from '../support/stub.ts';

describe('the foothold below a point', () => {
  const asked = servicesForAll({ maxDecorationWaitMs: 1_000 });

  it('is what the service says, and kept', async () => {
    const { foothold } = asked.sources;
    const point = { mapId: 100_000_000, x: -32_768, y: 32_767 };
    expect(foothold.answerAtHand(ASKER, point)).toBeUndefined();
    expect(await foothold.ask(ASKER, point)).toBe(42);
    expect(foothold.answerAtHand(ASKER, { ...point })).toEqual({ answer: 42 });
    for (const other of [{ mapId: 1 }, { x: 0 }, { y: 0 }])
      expect(foothold.answerAtHand(ASKER, { ...point, ...other })).toBeUndefined();
  });

  it('is none where the service does not know the map (404), and that is kept', async () => {
    const nowhere = { mapId: 3, x: 0, y: 0 };
    asked.stub.fail('data', '404', 3);
    expect(await asked.sources.foothold.ask(ASKER, nowhere)).toBeUndefined();
    expect(asked.sources.foothold.answerAtHand(ASKER, nowhere)).toEqual({ answer: undefined });
  });

  it('is none where the service fails at the question (500), and that is not kept', async () => {
    const nowhere = { mapId: 999_999_999, x: 0, y: 0 };
    expect(await asked.sources.foothold.ask(ASKER, nowhere)).toBeUndefined();
    expect(asked.sources.foothold.answerAtHand(ASKER, nowhere)).toBeUndefined();
  });

  it('has the low 16 bits of an id that is larger, as the Go services write it', () => {
    const read = (id: string) => readFoothold({ data: { type: 'footholds', id } });
    expect(['1', '-1', '32767', '32768', '65535', '65536', '4294967295'].map(read)).toEqual([
      1, -1, 32_767, -32_768, -1, 0, -1,
    ]);
    expect(() => read('x')).toThrow('/data/id');
  });

  it('is none where the service is away, and that is not kept', async () => {
    const point = { mapId: 2, x: 0, y: 0 };
    asked.stub.fail('data', 'wrong-shape');
    expect(await asked.sources.foothold.ask(ASKER, point)).toBeUndefined();
    asked.stub.fail('data', undefined);
    expect(asked.sources.foothold.answerAtHand(ASKER, point)).toBeUndefined();
    expect(await asked.sources.foothold.ask(ASKER, point)).toBe(42);
  });

  it('is not known without a service', async () => {
    const { foothold } = embeddedReferences().sources;
    expect(foothold.answerAtHand(ASKER, { mapId: 1, x: 0, y: 0 })).toEqual({ answer: undefined });
    expect(await foothold.ask(ASKER, { mapId: 1, x: 0, y: 0 })).toBeUndefined();
  });
});
