import { known } from './facts.ts';
import type { Known, Needs } from './facts.ts';
import { UNKNOWN_POSITION } from './pet.ts';
import type { Position } from './pet.ts';
import type { RuleInput } from './rule-input.ts';

/** Where a pet comes out. */
export interface Spot {
  readonly position: Position;
  /** Whether it is not stored yet. */
  readonly isNew: boolean;
}

/**
 * A pet comes out where its owner stands, stance 0, on the foothold below that point of the owner's map (1 where map or
 * foothold is not known). Where nobody knows where the owner stands, it is where it was last.
 *
 * @param ownerId uint32.
 */
export function spotOf(
  { facts, position, session }: Pick<RuleInput, 'facts' | 'position' | 'session'>,
  ownerId: number,
): Known<Spot> | Needs {
  const point = facts.ask('characterPoint', ownerId);
  if (point.kind === 'needs') return point;
  if (point.answer === undefined) return known({ position: position ?? UNKNOWN_POSITION, isNew: false });
  const { x, y } = point.answer;
  const foothold = session && facts.ask('foothold', { mapId: session.mapId, x, y });
  if (foothold?.kind === 'needs') return foothold;
  return known({ position: { x, y, stance: 0, fh: foothold?.answer ?? UNKNOWN_POSITION.fh }, isNew: true });
}
