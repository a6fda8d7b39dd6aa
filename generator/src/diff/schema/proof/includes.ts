/** Proves that one schema accepts every value that another one accepts, keyword by keyword. */
import { casesOfAll, narrowed, typesOf, valuesOf } from '../cases.ts';
import type { Case } from '../cases.ts';
import { identityOf, identityOfAll } from '../identity.ts';
import { groupsOf } from '../linked.ts';
import type { Linked, LinkedObject } from '../linked.ts';
import { isValid } from '../valid.ts';
import { lacksType, mayBeAccepted } from './impossible.ts';
import { unprovedOfKeyword } from './keywords.ts';
import { failure, MAX_SPLITS, ROOT } from './position.ts';
import type { Position, Prover, Unproved } from './prover.ts';
import { namesOfTypes } from './split.ts';
import { unprovedOfClosed } from './unevaluated.ts';

/** What a proof has to try before it gives up. */
const MAX_STEPS = 40_000;
const MAX_DEPTH = 40;

/** Returns what is not proved; nothing if the reader accepts every value that all schemas of the writer accept. */
export function unprovedOf(writer: readonly Linked[], reader: Linked): Unproved[] {
  return new Proof().schemas(writer, reader, ROOT);
}

/** The cases of schemas for which a proof has failed, by the identity of the schemas. */
export type FailedCases = ReadonlyMap<string, readonly Case[]>;

export function proofOf(writer: readonly Linked[], reader: Linked): { unproved: Unproved[]; failed: FailedCases } {
  const proof = new Proof();
  // The same rule may be reached in many ways.
  const shortest = new Map<Unproved, Unproved>();
  for (const one of proof.schemas(writer, reader, ROOT)) {
    const known = shortest.get(one.first ?? one);
    if (known === undefined || one.field.length < known.field.length) shortest.set(one.first ?? one, one);
  }
  return { unproved: [...shortest.values()], failed: proof.failed };
}

export function isIncluded(writer: readonly Linked[], reader: Linked): boolean {
  return unprovedOf(writer, reader).length === 0;
}

/** Returns the identities of all schemas that accept what the given ones accept together: themselves, and the parts of their `allOf`. */
function conjunctsOf(schemas: readonly Linked[], found = new Set<string>()): ReadonlySet<string> {
  for (const schema of schemas) {
    const id = identityOf(schema);
    if (found.has(id)) continue;
    found.add(id);
    if (typeof schema === 'object') conjunctsOf(schema.allOf ?? [], found);
  }
  return found;
}

/** Whether a schema is one of these, or combines only such ones. */
function isImpliedBy(conjuncts: ReadonlySet<string>, schema: Linked): boolean {
  if (conjuncts.has(identityOf(schema))) return true;
  if (typeof schema === 'boolean' || schema.allOf === undefined || Object.keys(schema).length > 1) return false;
  return schema.allOf.every((part) => isImpliedBy(conjuncts, part));
}

const isSameCase = (one: Case, other: Case): boolean =>
  one === other ||
  (identityOfAll(one.atoms) === identityOfAll(other.atoms) && identityOfAll(one.nots) === identityOfAll(other.nots));

/** Whether a proof ended before it was decided, at a depth or after its steps. */
const isUndecided = ({ keyword, within = [] }: Unproved): boolean => keyword === 'depth' || within.some(isUndecided);

/** What is not proved of schemas: one rule of each kind, and where it was found. */
interface KnownUnproved {
  readonly at: Position;
  readonly rules: readonly Unproved[];
}

function knownUnproved(at: Position, found: readonly Unproved[]): KnownUnproved {
  const kinds = new Map(found.map((rule) => [`${rule.keyword} ${String(rule.field.at(-1) === '*')}`, rule]));
  return { at, rules: [...kinds.values()] };
}

/** Returns the same for another value that the schemas are about. */
function movedTo(at: Position, { at: old, rules }: KnownUnproved): Unproved[] {
  const move = ({ path, field, within = [], ...rest }: Unproved): Unproved => ({
    ...rest,
    path: [...at.path, ...path.slice(old.path.length)],
    field: [...at.field, ...field.slice(old.field.length)],
    within: within.map(move),
  });
  return rules.map((rule) => ({ ...move(rule), first: rule.first ?? rule }));
}

/** The recursion of one proof, with the bound on its steps and what it assumes meanwhile. */
class Proof implements Prover {
  #steps = 0;
  /** What is being proved, and how deep in the value. Deeper in the value it may be assumed: values are finite. */
  readonly #assumed = new Map<string, number>();
  readonly #proved = new Set<string>();
  /** What is proved as long as the assumptions hold, and how deep in the value. */
  readonly #tentative: { readonly key: string; readonly depth: number }[] = [];
  readonly #tentativeDepth = new Map<string, number>();
  readonly #unproved = new Map<string, KnownUnproved>();
  /** Cases of which it is not found that they have no value. */
  readonly #possible = new WeakSet<Case>();
  readonly failed = new Map<string, Case[]>();

  get isSpent(): boolean {
    return this.#steps > MAX_STEPS;
  }

  schemas(writer: readonly Linked[], reader: Linked, at: Position): Unproved[] {
    if (reader === true) return [];
    if (at.depth > MAX_DEPTH || this.isSpent) return [failure(at, 'depth')];
    this.#steps += 1;
    const key = `${identityOfAll(writer)}<${identityOf(reader)}`;
    if (this.#proved.has(key) || at.depth >= (this.#tentativeDepth.get(key) ?? Infinity)) return [];
    const known = this.#unproved.get(key);
    if (known !== undefined) return movedTo(at, known);
    const assumedAt = this.#assumed.get(key);
    if (assumedAt !== undefined) return assumedAt < at.depth ? [] : [failure(at, 'depth')];
    if (isImpliedBy(conjunctsOf(writer), reader)) return [];
    const prove = () =>
      casesOfAll(writer).flatMap((one) => {
        const unproved = this.case(one, reader, at);
        if (unproved.length > 0) this.#noteFailed(writer, one);
        return unproved;
      });
    const found = this.#assuming(key, at.depth, prove, ({ length }) => length === 0);
    if (found.length === 0) this.#noteProved(key, at.depth);
    // A proof that ended early may succeed elsewhere.
    else if (!found.some(isUndecided)) this.#unproved.set(key, knownUnproved(at, found));
    return found;
  }

  #noteProved(key: string, depth: number): void {
    this.#tentative.push({ key, depth });
    this.#tentativeDepth.set(key, depth);
    if (this.#assumed.size > 0) return;
    for (const one of this.#tentative) this.#proved.add(one.key);
    this.#dropTentative(0);
  }

  #dropTentative(count: number): void {
    for (const { key } of this.#tentative.splice(count)) this.#tentativeDepth.delete(key);
  }

  #noteFailed(writer: readonly Linked[], one: Case): void {
    const key = identityOfAll(writer);
    const cases = this.failed.get(key) ?? [];
    if (!cases.some((other) => isSameCase(one, other))) cases.push(one);
    this.failed.set(key, cases);
  }

  case(one: Case, reader: Linked, at: Position): Unproved[] {
    if (reader === true) return [];
    this.#steps += 1;
    if (this.isSpent) return [failure(at, 'depth')];
    const found =
      reader === false ? [failure(at, 'false')] : groupsOf(reader).flatMap((group) => this.#group(one, group, at));
    if (found.length === 0) return found;
    const types = namesOfTypes(one);
    if (types.length === 1) return this.isImpossible(one, at.depth) ? [] : found;
    const possible = types.filter((type) => narrowed(one, { type }).some((each) => !this.isImpossible(each, at.depth)));
    if (possible.length === 0) return [];
    if (possible.length === types.length) return found;
    return possible.flatMap((type) => narrowed(one, { type }).flatMap((each) => this.case(each, reader, at)));
  }

  #group(one: Case, group: LinkedObject, at: Position): Unproved[] {
    if (one.facts.has(identityOf(group))) return [];
    const keywords = Object.keys(group) as (keyof LinkedObject)[];
    const values = valuesOf(one);
    if (values?.every((value) => isValid(group, value)) === true) return [];
    const isObjectLike = (value: unknown) => typeof value === 'object' && value !== null;
    if (values !== undefined && !values.some(isObjectLike)) return [failure(at, keywords[0] ?? '')];
    if (group.unevaluatedProperties !== undefined) return unprovedOfClosed(this, one, group, at);
    return keywords.flatMap((keyword) => unprovedOfKeyword(this, one, group, keyword, at));
  }

  areImpossible(schemas: readonly Linked[], depth: number): boolean {
    if (schemas.includes(false)) return true;
    if (schemas.length === 0 || depth > MAX_DEPTH || this.isSpent) return false;
    const key = `${identityOfAll(schemas)}<`;
    const assumedAt = this.#assumed.get(key);
    // A value that must contain itself is infinite.
    if (assumedAt !== undefined) return assumedAt < depth;
    const prove = () => casesOfAll(schemas).every((one) => this.isImpossible(one, depth));
    return this.#assuming(key, depth, prove, (isProved) => isProved);
  }

  isImpossible(one: Case, depth: number): boolean {
    if (this.#possible.has(one)) return false;
    const isImpossible = this.#hasNoValue(one, depth);
    // That it has none may rest on an assumption.
    if (!isImpossible) this.#possible.add(one);
    return isImpossible;
  }

  #hasNoValue(one: Case, depth: number): boolean {
    this.#steps += 1;
    const values = valuesOf(one);
    if (values !== undefined) return values.length === 0;
    if ([...typesOf(one)].every((type) => lacksType(this, one, type, depth))) return true;
    if (this.isSpent) return false;
    const at = { ...ROOT, depth, splits: MAX_SPLITS };
    return one.nots.some((not) => this.#isAccepted(one, not, at));
  }

  /** Whether a schema that refuses the values of the case accepts all that its other rules accept. */
  #isAccepted(one: Case, not: Linked, at: Position): boolean {
    const rest = { ...one, nots: one.nots.filter((other) => other !== not) };
    if (!mayBeAccepted(rest, not)) return false;
    const key = `${identityOfAll(rest.atoms)}!${identityOf(not)}`;
    if (this.#assumed.has(key)) return false;
    const groups = typeof not === 'boolean' ? [] : groupsOf(not);
    const prove = () => groups.every((group) => this.#group(rest, group, at).length === 0);
    return this.#assuming(key, at.depth, prove, (isAccepted) => isAccepted);
  }

  #assuming<Result>(key: string, depth: number, prove: () => Result, isProved: (result: Result) => boolean): Result {
    const count = this.#tentative.length;
    this.#assumed.set(key, depth);
    const result = prove();
    this.#assumed.delete(key);
    // What was proved meanwhile may rest on it.
    if (!isProved(result)) this.#dropTentative(count);
    return result;
  }
}
