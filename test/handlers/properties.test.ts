import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyChange, isSpawned } from '../../src/domain/pet.ts';
import type { Pet } from '../../src/domain/pet.ts';
import { OWNER, pet } from '../domain/given.ts';
import { anyCommand } from '../support/arbitrary.ts';
import { decideCommand } from '../support/commands.ts';
import { factsOf } from '../support/facts.ts';
import { replay } from '../support/replay.ts';

const PETS = 5;
const NOW = Date.UTC(2026, 0, 1);
const skills = new Map([0, 1, 2].map((id) => [id, { probability: 50, increase: id * 40 }]));
const facts = factsOf({ petTemplate: () => ({ hunger: 1, skills }) });

it('after any commands the slots are 0 to n - 1, each once, and the events alone tell the whole state', () => {
  const scenario = fc.array(
    fc.tuple(anyCommand({ pets: PETS, owners: 1 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
  );
  fc.assert(
    fc.property(scenario, (commands) => {
      // One of them expired, one old and close.
      const stored = new Map(
        Array.from({ length: PETS }, (_, id) => {
          return [id, pet(id, { expiration: id === 3 ? NOW : null, closeness: id === 4 ? 29_000 : 0 })];
        }),
      );
      let told: ReadonlyMap<number, Pet> = new Map(stored);
      for (const [{ pet: id, actor, message }, roll] of commands) {
        const out = [...stored.values()].filter(isSpawned).sort((a, b) => a.slot - b.slot);
        const input = {
          pet: stored.get(id),
          position: undefined,
          session: undefined,
          spawnedPets: out,
          sentAt: NOW,
          now: NOW,
          facts,
          roll: () => roll,
        };
        const decision = decideCommand(message(id, OWNER + actor), input);
        if (decision.kind !== 'changed') continue;
        for (const change of decision.changes) {
          stored.set(change.petId, applyChange(stored.get(change.petId)!, change));
        }
        told = replay(told, decision.events);
        expect(told).toEqual(stored);
        const slots = [...stored.values()].filter(isSpawned).map(({ slot }) => slot);
        expect(slots.sort()).toEqual(slots.map((_, index) => index));
        expect(slots.length).toBeLessThanOrEqual(3);
      }
    }),
    { numRuns: 500 },
  );
});
