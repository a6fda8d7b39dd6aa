import { expire } from '../domain/expiration.ts';
import { getHungry, nextHungerAt } from '../domain/hunger.ts';
import { dueHunger } from '../store/tables/character-session.ts';
import { dueExpiration } from '../store/tables/pet.ts';
import type { Sweep } from './sweep.ts';

/**
 * The spawned pets of logged-in characters get hungry, once in every `intervalMs` milliseconds from the session's start.
 * Evaluations that an outage missed are not caught up: the next one is due one interval after this one.
 */
export function hungerSweep(intervalMs: number): Sweep {
  return {
    name: 'hunger',
    due: dueHunger,
    claim: (unit, owners, now) => unit.claimDueSessions(owners, now),
    needs: ({ templates }) => templates.map((question) => ({ fact: 'petTemplate', question })),
    decide: (spawnedPets, _now, facts) => getHungry(spawnedPets, facts),
    done: (unit, owners, now) => {
      unit.postponeHunger(owners, nextHungerAt(now, intervalMs));
    },
  };
}

/** Despawns pets that have expired. A claimed owner's pets are loaded, so the rule sees which are still expired. */
export const expirationSweep: Sweep = {
  name: 'expiration',
  due: dueExpiration,
  claim: (_unit, owners) => Promise.resolve(owners),
  needs: () => [],
  decide: (spawnedPets, now) => expire(spawnedPets, now),
  done: () => undefined,
};
