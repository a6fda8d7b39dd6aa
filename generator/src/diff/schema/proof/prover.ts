/** What the rules for single keywords need of the proof that they are steps of. */
import type { Case } from '../cases.ts';
import type { Linked } from '../linked.ts';

/** A keyword of the reader's schema of which it is not proved that all values of the writer keep it. */
export interface Unproved {
  /** Keywords and names that lead to it in the reader's schema. */
  readonly path: readonly string[];
  readonly keyword: string;
  /** The names of the fields that lead to the value. */
  readonly field: readonly string[];
  /** If the keyword combines schemas: what is not proved of these. */
  readonly within?: readonly Unproved[];
  /** The same rule for the same values elsewhere. */
  readonly first?: Unproved;
}

export interface Position {
  readonly path: readonly string[];
  readonly field: readonly string[];
  /** How many fields and items lead to the value. */
  readonly depth: number;
  /** How often the cases here were split. */
  readonly splits: number;
}

export interface Prover {
  /** Whether it has tried all that it may try. */
  readonly isSpent: boolean;
  /** Returns what is not proved of the values that all schemas of the writer accept. */
  schemas(writer: readonly Linked[], reader: Linked, at: Position): Unproved[];
  /** Returns what is not proved of the values of a case. */
  case(one: Case, reader: Linked, at: Position): Unproved[];
  /** Whether no value is accepted by all of the schemas. */
  areImpossible(schemas: readonly Linked[], depth: number): boolean;
  /** Whether the case has no value. */
  isImpossible(one: Case, depth: number): boolean;
}
