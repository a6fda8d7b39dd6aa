import { expire } from '../domain/expiration.ts';
import { getHungry } from '../domain/hunger.ts';
import { claimSessions, dueExpiration, dueHunger, postponeHunger } from '../store/due.ts';
import type { Sweep } from './sweep.ts';

/**
 * The spawned pets of logged-in characters get hungry, once in every `interval` milliseconds from the session's start.
 * What an outage missed is not caught up: the next time is so long after this one.
 */
export function hungerSweep(interval: number): Sweep {
  return {
    name: 'hunger',
    due: dueHunger,
    claim: claimSessions,
    needs: ({ templates }) => templates.map((question) => ({ fact: 'petTemplate', question })),
    decide: (out, _now, facts) => getHungry(out, facts),
    done: (transaction, owners, now) => postponeHunger(transaction, owners, now + interval),
  };
}

/** Spawned pets whose time has come are taken back in. What is claimed says for itself whether it is still due. */
export const expirationSweep: Sweep = {
  name: 'expiration',
  due: dueExpiration,
  claim: (_transaction, owners) => Promise.resolve(owners),
  needs: () => [],
  decide: (out, now) => expire(out, now),
  done: () => Promise.resolve(),
};
