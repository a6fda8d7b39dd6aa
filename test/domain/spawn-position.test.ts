import { describe, expect, it } from '@jest/globals';
import { spawnPosition } from '../../src/domain/spawn-position.ts';
import type { RuleInput } from '../../src/domain/rule-input.ts';
import { factsOf } from '../support/facts.ts';
import { OWNER } from './given.ts';

const session = { worldId: 0, channelId: 1, mapId: 100_000_000, instance: '00000000-0000-0000-0000-000000000000' };
const position = { x: 7, y: 8, stance: 4, fh: 9 };
const point = { x: 340, y: -40 };
const answers = {
  characterPoint: (id: number) => (id === OWNER ? point : undefined),
  foothold: ({ mapId }: { mapId: number }) => (mapId === session.mapId ? 42 : undefined),
};

function spot(given: Partial<RuleInput<'position' | 'session'>>, ownerId = OWNER) {
  const context = { sentAt: 0, now: 0, roll: () => 0, facts: factsOf(answers) };
  return spawnPosition({ ...context, position, session, ...given }, ownerId);
}
const at = (one: object, isNew: boolean) => ({ kind: 'known', answer: { position: one, isNew } });

describe('a pet comes out', () => {
  it('where its owner stands, on the foothold below, and that is news', () => {
    expect(spot({})).toEqual(at({ ...point, stance: 0, fh: 42 }, true));
  });
  it('on foothold 1 where there is no session, no foothold, or no map service', () => {
    const high = at({ ...point, stance: 0, fh: 1 }, true);
    expect(spot({ session: undefined })).toEqual(high);
    expect(spot({ session: { ...session, mapId: 999_999_999 } })).toEqual(high);
    expect(spot({ facts: factsOf({ characterPoint: answers.characterPoint }) })).toEqual(high);
  });
  it('where it was last, where nobody knows its owner', () => {
    expect(spot({}, 1)).toEqual(at(position, false));
    expect(spot({ facts: factsOf({}) })).toEqual(at(position, false));
  });
  it('nowhere in particular else', () => {
    expect(spot({ position: undefined }, 1)).toEqual(at({ x: 0, y: 0, stance: 0, fh: 1 }, false));
  });
  it('needs to know where the owner stands, then the foothold; no foothold without a session', () => {
    const needs = (fact: string, question: unknown) => ({ kind: 'needs', needs: [{ fact, question }] });
    expect(spot({ facts: factsOf(answers, ['characterPoint', 'foothold']) })).toEqual(needs('characterPoint', OWNER));
    const facts = factsOf(answers, ['foothold']);
    expect(spot({ facts })).toEqual(needs('foothold', { mapId: session.mapId, ...point }));
    expect(spot({ facts, session: undefined })).toMatchObject({ kind: 'known' });
    expect(spot({ facts }, 1)).toMatchObject({ kind: 'known' });
  });
});
