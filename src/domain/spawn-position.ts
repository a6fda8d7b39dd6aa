import { known } from './facts.ts';
import type { KnownFact, Needs } from './facts.ts';
import { UNKNOWN_POSITION } from './pet.ts';
import type { Position } from './pet.ts';
import type { RuleInput } from './rule-input.ts';

/** The position of a pet that spawns. */
export interface SpawnPosition {
  readonly position: Position;
  /** Whether it differs from the stored one, so that it must be stored. */
  readonly isNew: boolean;
}

/**
 * Returns the position of a pet that spawns: the point of its owner, stance 0, on the foothold below that point in the
 * map of the session (1 if map or foothold is unknown). If the owner's point is unknown it is the stored position.
 *
 * @param ownerId uint32.
 */
export function spawnPosition(
  { facts, position, session }: RuleInput<'position' | 'session'>,
  ownerId: number,
): KnownFact<SpawnPosition> | Needs {
  const point = facts.ask('characterPoint', ownerId);
  if (point.kind === 'needs') return point;
  if (point.answer === undefined) return known({ position: position ?? UNKNOWN_POSITION, isNew: false });
  const { x, y } = point.answer;
  const foothold = session && facts.ask('foothold', { mapId: session.mapId, x, y });
  if (foothold?.kind === 'needs') return foothold;
  return known({ position: { x, y, stance: 0, fh: foothold?.answer ?? UNKNOWN_POSITION.fh }, isNew: true });
}
