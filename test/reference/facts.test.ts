import { describe, expect, it } from '@jest/globals';
import { Knowledge } from '../../src/reference/facts.ts';
import { FailedQuestionError, OutageError } from '../../src/reference/source.ts';
import type { References, FactSource } from '../../src/reference/source.ts';
import { ASKER } from '../support/asker.ts';
import { referencesOf } from '../support/facts.ts';

const SKILL = { fact: 'multiPetSkill', question: 1 } as const;
const ASSETS = { fact: 'petAssets', question: 1 } as const;

/** Returns knowledge whose services fail with these errors. */
function knowledgeOf(failures: { multiPetSkill?: Error; petAssets?: Error }): Knowledge {
  const failing = Object.entries(failures).map(([fact, error]) => {
    return [fact, { answerAtHand: () => undefined, ask: () => Promise.reject(error) }];
  });
  return new Knowledge({ ...referencesOf({}), ...(Object.fromEntries(failing) as Partial<References>) }, ASKER);
}

describe('the facts for a message', () => {
  it('are unavailable if their question is given up; the others are known', async () => {
    const error = new FailedQuestionError('things', 'status 500', 'give up');
    const knowledge = knowledgeOf({ multiPetSkill: error });
    await knowledge.fetch([SKILL, ASSETS]);
    expect(knowledge.ask('multiPetSkill', 1)).toEqual({ kind: 'unavailable', message: 'status 500' });
    expect(knowledge.ask('multiPetSkill', 2).kind).toBe('needs');
    expect(knowledge.ask('petAssets', 1)).toEqual({ kind: 'known', answer: undefined });
    expect(knowledge.missing([SKILL, ASSETS])).toEqual([]);
  });

  it('are still missing if one must be asked again; an outage is reported first', async () => {
    const again = new FailedQuestionError('things', 'again', 'ask again');
    const knowledge = knowledgeOf({ multiPetSkill: again, petAssets: new OutageError('things', 'away') });
    await expect(knowledge.fetch([SKILL, ASSETS])).rejects.toThrow('away');
    await expect(knowledge.fetch([SKILL])).rejects.toThrow('again');
    expect(knowledge.missing([SKILL, ASSETS])).toEqual([SKILL, ASSETS]);
  });

  it('that are optional share one maximum wait', async () => {
    const waits: (number | undefined)[] = [];
    const ask: FactSource<'characterPoint'>['ask'] = async (_asker, _question, waitedMs) => {
      waits.push(waitedMs);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return undefined;
    };
    const references = { ...referencesOf({}), characterPoint: { answerAtHand: () => undefined, ask } };
    const knowledge = new Knowledge(references, ASKER);
    await knowledge.fetch([{ fact: 'characterPoint', question: 1 }]);
    await knowledge.fetch([{ fact: 'characterPoint', question: 2 }]);
    expect(waits[0]).toBe(0);
    expect(waits[1]).toBeGreaterThan(15);
  });
});
