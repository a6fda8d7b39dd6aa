/** Decides whether a reader accepts everything that a writer may send: by a proof, or by a value that the reader refuses. */
import type { ErrorObject } from 'ajv';
import type { Linked } from './linked.ts';
import { OTHER_NAME } from './names.ts';
import { proofOf } from './proof/includes.ts';
import type { Unproved } from './proof/prover.ts';
import { randomOf } from './random.ts';
import { samplesOf } from './samples/samples.ts';
import { shrunk } from './shrink.ts';

export interface Question {
  /** A value that all of them accept may be sent. */
  readonly writer: readonly Linked[];
  readonly reader: Linked;
  /** The validators of both, which have the last word. */
  isSent(value: unknown): boolean;
  errorsOf(value: unknown): readonly ErrorObject[];
  readonly seed: number;
  /** How many values are tried. */
  readonly effort: number;
  /** Whether a rule of the reader counts that is not proved. By default, all of them do. */
  readonly counts?: (rule: Unproved) => boolean;
  /** Values that are tried first. */
  readonly first?: readonly unknown[];
}

/** A rule of the reader that a value of the writer breaks. */
export interface Refusal {
  readonly keyword: string;
  /** Keywords and names that lead to the rule in the reader's schema. */
  readonly path: readonly string[];
  /** The names of the fields that lead to the value. */
  readonly field: readonly string[];
  /** The smallest value that was found. */
  readonly value: unknown;
}

export interface Decision {
  readonly refusals: readonly Refusal[];
  /** What was neither proved nor refuted. */
  readonly open: readonly Unproved[];
  /** How many values were tried. */
  readonly tried: number;
}

/** How many values are made to answer one question, before it is known which of them the schemas accept. */
const MAX_CANDIDATES = 20_000;
/** The most rules of one schema for which values are searched. */
const MAX_SEARCHES = 10;
/** After so many values, a search ends that has found a refused one. */
const ENOUGH = 1_000;
/** The most rules that are reported of one schema. */
const MAX_REFUSALS = 20;

export function decide({ writer, reader, isSent, errorsOf, seed, effort, counts, first = [] }: Question): Decision {
  const { unproved: all, failed } = proofOf(writer, reader);
  const unproved = counts === undefined ? all : all.filter(counts);
  if (counts !== undefined && unproved.length === 0) return { refusals: [], open: [], tried: 0 };
  const random = randomOf(seed);
  const budget = { candidates: MAX_CANDIDATES };
  const refused = new Map<string, { readonly refusal: Refusal; readonly size: number }>();
  let tried = 0;
  const isEnough = () => tried >= ENOUGH && refused.size > 0;
  const tryAll = (values: readonly unknown[]) => {
    for (const value of values) {
      if (isEnough()) return;
      if (!isSent(value)) continue;
      tried += 1;
      for (const { key, refusal } of rulesIn(errorsOf(value), value)) {
        const size = JSON.stringify(value).length;
        const known = refused.get(key);
        if (known === undefined ? refused.size < MAX_REFUSALS : size < known.size) refused.set(key, { refusal, size });
      }
    }
  };
  const isOpen = ({ field, keyword }: Unproved) =>
    ![...refused.values()].some(({ refusal }) => refusal.keyword === keyword && isSameField(refusal.field, field));
  const tryAt = (rules: readonly Unproved[], count: number) => {
    const searches = rules.slice(0, MAX_SEARCHES).map(({ field, within = [] }) => [field, ...fieldsIn(within)]);
    let left = searches.flat().length;
    for (const fields of searches) {
      for (const focus of fields) {
        // What one search leaves is for the next ones.
        const share = { candidates: Math.ceil(budget.candidates / left) };
        budget.candidates -= share.candidates;
        left -= 1;
        tryAll(samplesOf(writer, [reader], { random, budget: share, firstCases: failed, count, focus }));
        budget.candidates += share.candidates;
        if (fields.length > 1 && refused.size > 0) break;
      }
    }
  };
  tryAll(first);
  // A few values near a rule break most of those that can be broken.
  tryAt(unproved.filter(isOpen), Math.ceil(effort / 6));
  const count = unproved.some(isOpen) ? effort : Math.ceil(effort / 3);
  tryAll(samplesOf(writer, [reader], { random, budget, firstCases: failed, count }));
  tryAt(unproved.filter(isOpen), effort * 4);
  const refusals = [...refused].map(([key, { refusal }]) => {
    const isKept = (value: unknown) =>
      isSent(value) && rulesIn(errorsOf(value), value).some((rule) => rule.key === key);
    return { ...refusal, value: shrunk(refusal.value, isKept) };
  });
  const open = unproved.filter((one) => !refusals.some((refusal) => isAbout(refusal, one)));
  return { refusals, open, tried };
}

/** The most fields where values are searched that alternatives do not accept. */
const MAX_FIELDS = 6;

/** Returns the fields of rules, the deepest first. */
function fieldsIn(rules: readonly Unproved[]): (readonly string[])[] {
  const all = (list: readonly Unproved[]): (readonly string[])[] =>
    list.flatMap(({ field, within = [] }) => [field, ...all(within)]);
  const distinct = [...new Map(all(rules).map((field) => [field.join('/'), field])).values()];
  return distinct.sort((one, other) => other.length - one.length).slice(0, MAX_FIELDS);
}

/** Whether a refusal shows what was not proved: the same field, or one within it or around it. */
function isAbout(refusal: Refusal, { field }: Unproved): boolean {
  const length = Math.min(refusal.field.length, field.length);
  return isSameField(refusal.field.slice(0, length), field.slice(0, length));
}

function isSameField(one: readonly string[], other: readonly string[]): boolean {
  const isIndex = (step: string) => step === '*' || /^\d+$/.test(step);
  return (
    one.length === other.length &&
    one.every((step, index) => step === other[index] || (isIndex(step) && isIndex(other[index] ?? '')) || other[index] === '*') // prettier-ignore
  );
}

/** Keywords that report an error after those of the schemas that they combine. */
const OUTER = new Set(['anyOf', 'oneOf', 'not', 'contains', 'propertyNames']);

/** Returns the rules that a value breaks, each once. */
function rulesIn(
  errors: readonly ErrorObject[],
  value: unknown,
): { readonly key: string; readonly refusal: Refusal }[] {
  const outer = errors.filter(({ keyword }) => OUTER.has(keyword));
  const meant = new Map(outer.map((other) => [other, new Set(meantBy(other, errors))]));
  const own = errors.filter((error) => {
    // `then` and `else` have errors of their own.
    if (error.keyword === 'if') return false;
    if ((meant.get(error)?.size ?? 0) > 0) return false;
    return outer.every((other) => other === error || !isWithin(error, other) || meant.get(other)?.has(error) === true);
  });
  const rules = own.map((error) => {
    const { keyword, schemaPath, instancePath, params } = error;
    const missing = (params as { readonly missingProperty?: string }).missingProperty;
    const added = params as { readonly additionalProperty?: string; readonly unevaluatedProperty?: string };
    const name = missing ?? added.additionalProperty ?? added.unevaluatedProperty;
    const field = [...segments(instancePath), ...(name === undefined ? [] : [name])];
    const path = segments(schemaPath.replace(/^#/, '')).slice(0, -1);
    const isNamed = missing !== undefined || keyword === 'additionalProperties' || keyword === 'unevaluatedProperties';
    const key = `${keyword} ${path.join('/')} ${isNamed && name !== OTHER_NAME ? (name ?? '') : ''}`;
    return { key, refusal: { keyword, path, field, value } };
  });
  return [...new Map(rules.map((rule) => [rule.key, rule])).values()];
}

/** Keywords that refuse other alternatives than the one that is meant, the surest first. */
const DISTINGUISHING = [
  ['const', 'enum', 'type'],
  ['required', 'additionalProperties', 'unevaluatedProperties'],
];

/** Returns the errors of the only alternative that a value is meant to be: the other ones refuse it near its root. */
function meantBy(outer: ErrorObject, errors: readonly ErrorObject[]): readonly ErrorObject[] {
  if (outer.keyword !== 'anyOf' && outer.keyword !== 'oneOf') return [];
  const prefix = `${outer.schemaPath}/`;
  const inside = errors.filter(({ schemaPath }) => schemaPath.startsWith(prefix));
  const alternatives = Map.groupBy(inside, ({ schemaPath }) => schemaPath.slice(prefix.length).split('/')[0] ?? '');
  const depth = outer.instancePath.split('/').length;
  const isNear = ({ keyword, instancePath }: ErrorObject) =>
    instancePath.split('/').length <= depth + (keyword === 'const' || keyword === 'enum' ? 1 : 0);
  let candidates = [...alternatives.values()];
  for (const keywords of DISTINGUISHING) {
    if (candidates.length <= 1) break;
    candidates = candidates.filter((own) => !own.some((error) => keywords.includes(error.keyword) && isNear(error)));
  }
  const [only] = candidates;
  return candidates.length === 1 && alternatives.size > 1 && only !== undefined ? only : [];
}

const isWithin = (error: ErrorObject, outer: ErrorObject) => error.schemaPath.startsWith(`${outer.schemaPath}/`);

function segments(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => {
      // Ajv escapes names as in URIs.
      let text = segment;
      try {
        text = decodeURIComponent(segment);
      } catch {
        // A percent sign that escapes nothing.
      }
      return text.replaceAll('~1', '/').replaceAll('~0', '~');
    });
}
