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

function spawnAt(given: Partial<RuleInput<'position' | 'session'>>, ownerId = OWNER) {
  const context = { sentAt: 0, now: 0, roll: () => 0, facts: factsOf(answers) };
  return spawnPosition({ ...context, position, session, ...given }, ownerId);
}
const at = (one: object, isNew: boolean) => ({ kind: 'known', answer: { position: one, isNew } });

describe('a pet spawns', () => {
  it('at the point of its owner, on the foothold below: a new position', () => {
    expect(spawnAt({})).toEqual(at({ ...point, stance: 0, fh: 42 }, true));
  });
  it('on foothold 1 without a session, a foothold, or a map service', () => {
    const high = at({ ...point, stance: 0, fh: 1 }, true);
    expect(spawnAt({ session: undefined })).toEqual(high);
    expect(spawnAt({ session: { ...session, mapId: 999_999_999 } })).toEqual(high);
    expect(spawnAt({ facts: factsOf({ characterPoint: answers.characterPoint }) })).toEqual(high);
  });
  it('at its stored position if the point of its owner is unknown', () => {
    expect(spawnAt({}, 1)).toEqual(at(position, false));
    expect(spawnAt({ facts: factsOf({}) })).toEqual(at(position, false));
  });
  it('at the unknown position else', () => {
    expect(spawnAt({ position: undefined }, 1)).toEqual(at({ x: 0, y: 0, stance: 0, fh: 1 }, false));
  });
  it('needs the point of the owner, then the foothold; no foothold without a session', () => {
    const needs = (fact: string, question: unknown) => ({ kind: 'needs', needs: [{ fact, question }] });
    expect(spawnAt({ facts: factsOf(answers, ['characterPoint', 'foothold']) })).toEqual(
      needs('characterPoint', OWNER),
    );
    const facts = factsOf(answers, ['foothold']);
    expect(spawnAt({ facts })).toEqual(needs('foothold', { mapId: session.mapId, ...point }));
    expect(spawnAt({ facts, session: undefined })).toMatchObject({ kind: 'known' });
    expect(spawnAt({ facts }, 1)).toMatchObject({ kind: 'known' });
  });
});
