/** A rule of the gate. docs/contract-gate.md has a paragraph for each. */
import type { Use } from '../service.ts';

export interface Rule {
  readonly id: string;
  /** What the rule is about: the heading of its paragraph. */
  readonly title: string;
  /** The messages that it is asked for. */
  readonly directions: readonly Use[];
  /** Why it matters, for its paragraph. */
  readonly about: string;
  /** What to do instead. */
  readonly remedy: string;
}

export const BOTH: readonly Use[] = ['receive', 'send'];
