import { expire } from '../domain/expiration.ts';
import { getHungry, nextHungerAt } from '../domain/hunger.ts';
import { dueHunger } from '../store/tables/character-session.ts';
import { dueExpiration } from '../store/tables/pet.ts';
import type { Sweep } from './sweep.ts';

/**
 * The spawned pets of logged-in characters get hungry, once in every `interval` milliseconds from the session's start.
 * What an outage missed is not caught up: the next time is so long after this one.
 */
export function hungerSweep(interval: number): Sweep {
  return {
    name: 'hunger',
    due: dueHunger,
    claim: (unit, owners, now) => unit.claimDueSessions(owners, now),
    needs: ({ templates }) => templates.map((question) => ({ fact: 'petTemplate', question })),
    decide: (out, _now, facts) => getHungry(out, facts),
    done: (unit, owners, now) => {
      unit.postponeHunger(owners, nextHungerAt(now, interval));
    },
  };
}

/** Spawned pets whose time has come are taken back in. What is claimed says for itself whether it is still due. */
export const expirationSweep: Sweep = {
  name: 'expiration',
  due: dueExpiration,
  claim: (_unit, owners) => Promise.resolve(owners),
  needs: () => [],
  decide: (out, now) => expire(out, now),
  done: () => undefined,
};
