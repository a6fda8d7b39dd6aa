/** A case of a schema: rules without alternatives. */
import type { Linked, LinkedObject } from './linked.ts';

/** Rules that all hold for a value. */
export interface Case {
  /** Schemas whose keywords count, except those that combine schemas. */
  readonly atoms: readonly LinkedObject[];
  /** Schemas that refuse it. */
  readonly nots: readonly Linked[];
  /** What is known besides: the identities of groups of keywords that accept it. */
  readonly facts: ReadonlySet<string>;
  /** The only properties that it may have. */
  readonly closed: readonly Closed[];
}

export interface Closed {
  readonly names: ReadonlySet<string>;
  readonly patterns: readonly string[];
  /** The schema of all others. */
  readonly rest: Linked;
}
