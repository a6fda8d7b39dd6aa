import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { startStub } from '../../scripts/services/stub.ts';
import type { Stub } from '../../scripts/services/stub.ts';
import { openReferences } from '../../src/reference/references.ts';
import { OutageError } from '../../src/reference/source.ts';
import { ASKER } from '../support/asker.ts';

const REST = { templates: new Map(), log: pino({ level: 'silent' }) };

describe('the sources of all facts', () => {
  let stub: Stub;
  beforeEach(async () => {
    stub = await startStub();
  });
  afterEach(() => stub.close());

  it('request facts only from services with a base URL', async () => {
    const { sources, close } = openReferences({ baseUrls: { data: stub.baseUrl, skills: stub.baseUrl }, ...REST });
    const point = { mapId: 1, x: 0, y: 0 };
    expect(sources.characterPoint.answerAtHand(ASKER, 1)).toBeDefined();
    expect(sources.petAssets.answerAtHand(ASKER, 1)).toBeDefined();
    expect(sources.foothold.answerAtHand(ASKER, point)).toBeUndefined();
    expect(sources.petTemplate.answerAtHand(ASKER, 5_000_000)).toBeUndefined();
    expect(sources.multiPetSkill.answerAtHand(ASKER, 1)).toBeUndefined();
    await Promise.all([
      sources.foothold.ask(ASKER, point),
      sources.petTemplate.ask(ASKER, 5_000_000),
      sources.multiPetSkill.ask(ASKER, 1),
    ]);
    expect(stub.requests).toEqual({ characters: 0, data: 2, inventory: 0, skills: 2 });
    expect(stub.violations).toEqual([]);
    await close();
  });

  it.each(['stop', 'close'])('reject open requests at %s', async (by) => {
    const stop = new AbortController();
    const { baseUrl } = stub;
    const { sources, close } = openReferences({ baseUrls: { characters: baseUrl }, ...REST, stop: stop.signal });
    stub.fail('characters', 'slow');
    const point = sources.characterPoint.ask(ASKER, 1);
    if (by === 'stop') stop.abort();
    else await close();
    await expect(point).rejects.toThrow(OutageError);
    await close();
  });
});
