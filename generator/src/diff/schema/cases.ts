/** Takes schemas apart into cases without alternatives: each value that a schema accepts is of at least one of its cases. */
import type { Case, Closed } from './case.ts';
import { identityOf } from './identity.ts';
import { groupsOf } from './linked.ts';
import type { Linked, LinkedObject } from './linked.ts';
import { matches } from './matching.ts';
import { negationOf, refusedBy } from './negation.ts';
import { boundsOf, integersOf } from './numbers.ts';
import { areDisjoint, isSubset } from './patterns.ts';
import { isOneOf, isValid, namedRules, ofPattern } from './valid.ts';

export type { Case } from './case.ts';

/** The types of values: those of JSON Schema, except that numbers are integers or fractions. */
export type ValueType = 'null' | 'boolean' | 'integer' | 'fraction' | 'string' | 'array' | 'object';

const TYPES: readonly ValueType[] = ['null', 'boolean', 'integer', 'fraction', 'string', 'array', 'object'];

const EMPTY: Case = { atoms: [], nots: [], facts: new Set(), closed: [] };

/** Combinations multiply cases. One that would make more is left out: the cases then accept more. */
const MAX_CASES = 128;
const MAX_PAIRS = 20_000;

const known = new WeakMap<object, readonly Case[]>();

/** Returns the cases of a schema. */
export function casesOf(schema: Linked): readonly Case[] {
  if (schema === true) return [EMPTY];
  if (schema === false) return [];
  let cases = known.get(schema);
  if (cases === undefined) {
    // Within itself, a schema adds nothing.
    known.set(schema, [EMPTY]);
    cases = taken(schema);
    known.set(schema, cases);
  }
  return cases;
}

/** Returns the cases in which all of the schemas hold. */
export function casesOfAll(schemas: readonly Linked[]): readonly Case[] {
  const all = [...new Set(schemas)].map(casesOf).filter((cases) => cases[0] !== EMPTY);
  if (all.some(({ length }) => length === 0)) return [];
  // Most schemas are one case: together they are one too.
  const single = all.filter(({ length }) => length === 1).flat();
  const [first = EMPTY, ...others] = single;
  const one = others.length === 0 ? first : together(single);
  if (others.length > 0 && !isPossible(one)) return [];
  return all.filter(({ length }) => length > 1).reduce<readonly Case[]>(product, [one]);
}

function taken(schema: LinkedObject): readonly Case[] {
  const own: Case = {
    atoms: [schema],
    nots: schema.not === undefined ? [] : [schema.not],
    facts: factsOf(schema),
    closed: [],
  };
  let cases: readonly Case[] = [own];
  const combine = (others: readonly Case[]) => {
    cases = product(cases, others);
  };
  if (schema.not !== undefined) combine(casesOf(refusedBy(schema.not)));
  for (const part of schema.allOf ?? []) combine(casesOf(part));
  if (schema.anyOf !== undefined) combine(schema.anyOf.flatMap(casesOf));
  const { oneOf, unevaluatedProperties = true } = schema;
  if (oneOf !== undefined) {
    combine(
      oneOf.flatMap((part, index) => {
        const others = oneOf.filter((_other, position) => position !== index);
        // The other ones do not hold: they describe no field.
        const closed =
          unevaluatedProperties === true ? [] : [closedBy({ ...schema, oneOf: [part] }, unevaluatedProperties)];
        return casesOf(part).map((one) => ({
          ...one,
          closed: [...one.closed, ...closed],
          nots: [...one.nots, ...others.filter((other) => overlaps(one, other))],
        }));
      }),
    );
  }
  if (schema.if !== undefined) {
    const condition = schema.if;
    combine([
      ...casesOfAll([condition, schema.then ?? true]),
      ...casesOfAll([negationOf(condition), schema.else ?? true]),
    ]);
  }
  for (const [name, rule] of Object.entries(schema.dependencies ?? {})) {
    const needed: Linked = Array.isArray(rule) ? { required: rule as readonly string[] } : (rule as Linked);
    combine([...casesOf(withoutProperty(name)), ...casesOfAll([{ required: [name] }, needed])]);
  }
  if (unevaluatedProperties === true) return cases;
  const closed = closedBy(schema, unevaluatedProperties);
  return cases.map((one) => ({ ...one, closed: [...one.closed, closed] }));
}

/** Whether values of a case may be valid by a schema too, as far as a quick test finds: alternatives often have a constant each. */
const overlaps = (one: Case, schema: Linked) => casesOf(schema).some((other) => isPossible(both(one, other)));

/** Returns the groups of keywords that accept each value. `unevaluatedProperties` only takes values away. */
function factsOf(schema: LinkedObject): ReadonlySet<string> {
  const { unevaluatedProperties, ...others } = schema;
  const own = groupsOf(schema).map(identityOf);
  return new Set(unevaluatedProperties === undefined ? own : [...own, ...groupsOf(others).map(identityOf)]);
}

/** Returns a schema of values without the property. */
export const withoutProperty = (name: string): Linked => ({ properties: { [name]: false } });

function product(cases: readonly Case[], others: readonly Case[]): readonly Case[] {
  if (others.length === 1 && others[0] === EMPTY) return cases;
  if (cases.length === 1 && cases[0] === EMPTY) return others;
  if (cases.length * others.length > MAX_PAIRS) return cases;
  const combined: Case[] = [];
  for (const one of cases) {
    for (const other of others) {
      const each = both(one, other);
      if (!isPossible(each)) continue;
      combined.push(each);
      if (combined.length > MAX_CASES) return cases;
    }
  }
  return combined;
}

const both = (one: Case, other: Case): Case => together([one, other]);

/** Returns the case in which all of them hold. */
function together(cases: readonly Case[]): Case {
  return {
    atoms: [...new Set(cases.flatMap(({ atoms }) => atoms))],
    nots: cases.flatMap(({ nots }) => nots),
    facts: new Set(cases.flatMap(({ facts }) => [...facts])),
    closed: cases.flatMap(({ closed }) => closed),
  };
}

/** A quick test that finds most cases that no value is of. */
function isPossible(one: Case): boolean {
  if (typesOf(one).size === 0 || constantsOf(one)?.length === 0) return false;
  if (!hasOnlyType(one, 'object')) return true;
  const { atoms, closed } = one;
  return ![...requiredOf(one)].some(
    (name) =>
      haveNoCommonValue(atoms, name) ||
      atoms.some((atom) => atom.additionalProperties === false && namedRules(atom, name).length === 0) ||
      closed.some((rule) => rule.rest === false && !isDescribed(rule, name)),
  );
}

const hasOnlyType = (one: Case, type: ValueType) => typesOf(one).size === 1 && typesOf(one).has(type);

/** Whether rules list constants of a property, but none in common. */
function haveNoCommonValue(atoms: readonly LinkedObject[], name: string): boolean {
  let common: readonly unknown[] | undefined;
  for (const { properties } of atoms) {
    const rule = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (typeof rule !== 'object') continue;
    const values = 'const' in rule ? [rule.const] : rule.enum;
    if (values === undefined) continue;
    common = common === undefined ? values : common.filter((value) => isOneOf(values, value));
    if (common.length === 0) return true;
  }
  return false;
}

/** Returns the case with a further rule. */
export function narrowed(one: Case, rule: Linked): readonly Case[] {
  return product([one], casesOf(rule));
}

/** Returns all names that schemas of an object describe, also in parts that may not count: a case accepts no fewer. */
function closedBy(schema: LinkedObject, rest: Linked): Closed {
  const names = new Set<string>();
  const patterns = new Set<string>();
  const seen = new Set<Linked>();
  const open: Linked[] = [];
  const visit = (part: Linked): void => {
    if (typeof part === 'boolean' || seen.has(part)) return;
    seen.add(part);
    for (const name of Object.keys(part.properties ?? {})) names.add(name);
    for (const pattern of Object.keys(part.patternProperties ?? {})) patterns.add(pattern);
    if (part.additionalProperties !== undefined && part.additionalProperties !== false) open.push(part);
    if (part !== schema && part.unevaluatedProperties !== undefined) open.push(part);
    const rules = Object.values(part.dependencies ?? {}).filter((rule) => !Array.isArray(rule)) as Linked[];
    const conditions = [part.if, part.then, part.else].filter((one) => one !== undefined);
    for (const inner of [...(part.allOf ?? []), ...(part.anyOf ?? []), ...(part.oneOf ?? []), ...conditions, ...rules])
      visit(inner);
  };
  visit(schema);
  return { names, patterns: [...patterns], rest: open.length > 0 ? true : rest };
}

const cachedTypes = new WeakMap<Case, ReadonlySet<ValueType>>();

/** Returns the types that values of the case have. */
export function typesOf(one: Case): ReadonlySet<ValueType> {
  let types = cachedTypes.get(one);
  if (types === undefined) {
    const refused = one.nots.flatMap((not) => (typeof not === 'object' && hasOnly(not, 'type') ? [...typesOfKeyword(not.type ?? [])] : [])); // prettier-ignore
    types = new Set(
      TYPES.filter((type) => !refused.includes(type) && one.atoms.every((atom) => typesOfAtom(atom).has(type))),
    );
    cachedTypes.set(one, types);
  }
  return types;
}

const hasOnly = (schema: LinkedObject, keyword: string) =>
  Object.keys(schema).length === 1 && Object.hasOwn(schema, keyword);

const typesOfAtoms = new WeakMap<LinkedObject, ReadonlySet<ValueType>>();

function typesOfAtom(atom: LinkedObject): ReadonlySet<ValueType> {
  let types = typesOfAtoms.get(atom);
  if (types === undefined) {
    types = new Set(TYPES.filter((type) => mayBe(atom, type)));
    typesOfAtoms.set(atom, types);
  }
  return types;
}

function mayBe({ type, multipleOf }: LinkedObject, wanted: ValueType): boolean {
  if (wanted === 'fraction' && multipleOf !== undefined && Number.isInteger(multipleOf)) return false;
  if (type === undefined) return true;
  const types = [type].flat();
  if (wanted === 'integer') return types.includes('integer') || types.includes('number');
  return types.includes(wanted === 'fraction' ? 'number' : wanted);
}

/** Returns the types of a `type` keyword. */
export function typesOfKeyword(type: string | readonly string[]): ReadonlySet<ValueType> {
  return new Set(TYPES.filter((one) => mayBe({ type }, one)));
}

export function typeOfValue(value: unknown): ValueType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'fraction';
  return typeof value as ValueType;
}

/** Whether a value is of the case. */
export function isOfCase(one: Case, value: unknown): boolean {
  return (
    one.atoms.every((atom) => isValid(atom, value)) &&
    !one.nots.some((not) => isValid(not, value)) &&
    isWithin(one.closed, value)
  );
}

function isWithin(closed: readonly Closed[], value: unknown): boolean {
  if (closed.length === 0 || typeOfValue(value) !== 'object') return true;
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  return closed.every((rule) => entries.every(([name, item]) => isDescribed(rule, name) || isValid(rule.rest, item)));
}

const isDescribed = ({ names, patterns }: Closed, name: string) =>
  names.has(name) || patterns.some((pattern) => matches(ofPattern(pattern), name));

/** Returns the values of `const` and `enum` that the atoms accept; undefined if there are no such keywords. */
function constantsOf(one: Case): readonly unknown[] | undefined {
  let found: readonly unknown[] | undefined;
  for (const atom of one.atoms) {
    const own = 'const' in atom ? [atom.const] : atom.enum;
    if (own === undefined) continue;
    found = found === undefined ? own : found.filter((value) => isOneOf(own, value));
  }
  return found?.filter((value) => one.atoms.every((atom) => isValid(atom, value)));
}

/** A range of integers up to this size is a list of values. */
const MAX_VALUES = 64;
const cachedValues = new WeakMap<Case, readonly unknown[] | undefined>();

/** Returns all values of the case, if they are few; undefined otherwise. */
export function valuesOf(one: Case): readonly unknown[] | undefined {
  if (cachedValues.has(one)) return cachedValues.get(one);
  const values = listed(one)?.filter((value) => isOfCase(one, value));
  cachedValues.set(one, values);
  return values;
}

function listed(one: Case): readonly unknown[] | undefined {
  const constants = constantsOf(one);
  if (constants !== undefined) return constants;
  const values: unknown[] = [];
  const { min, max, isMinExclusive, isMaxExclusive } = boundsOf(one);
  for (const type of typesOf(one)) {
    if (type === 'null') values.push(null);
    else if (type === 'fraction' && min >= max) {
      if (min === max && !isMinExclusive && !isMaxExclusive && !Number.isInteger(min)) values.push(min);
    } else if (type === 'boolean') values.push(false, true);
    else if (type === 'integer') {
      const { least, greatest } = integersOf(one);
      if (!(greatest - least < MAX_VALUES)) return undefined;
      for (let value = least; value <= greatest; value += 1) values.push(value);
    } else if (type === 'array' && itemCounts(one).max === 0) values.push([]);
    else if (type === 'object' && one.atoms.some(({ maxProperties }) => maxProperties === 0)) values.push({});
    else return undefined;
  }
  return values;
}

export interface Lengths {
  readonly min: number;
  readonly max: number;
}

/** Returns how many items lists of the case have. */
export function itemCounts(one: Case): Lengths {
  let [min, max] = [0, Infinity];
  for (const atom of one.atoms) {
    min = Math.max(min, atom.minItems ?? 0, atom.contains === undefined ? 0 : 1);
    max = Math.min(max, atom.maxItems ?? Infinity);
    if (Array.isArray(atom.items) && atom.additionalItems === false) max = Math.min(max, atom.items.length);
    if (atom.items === false) max = 0;
  }
  return { min, max: Math.min(max, differentItems(one)) };
}

/** Returns how many items a list may have that has none twice. */
function differentItems(one: Case): number {
  if (positionsOf(one) > 0 || !one.atoms.some(({ uniqueItems }) => uniqueItems === true)) return Infinity;
  const values = casesOfAll(itemRules(one)).map(valuesOf);
  return values.every((list) => list !== undefined)
    ? new Set(values.flat().map((value) => JSON.stringify(value))).size
    : Infinity;
}

/** Returns the number of positions that have schemas of their own. */
export function positionsOf(one: Case): number {
  return Math.max(0, ...one.atoms.map(({ items }) => (Array.isArray(items) ? items.length : 0)));
}

/** Returns the schemas of an item; beyond all positions without an index. */
export function itemRules(one: Case, index = Infinity): Linked[] {
  return one.atoms.flatMap(({ items, additionalItems }): Linked[] => {
    if (items === undefined) return [];
    if (!Array.isArray(items)) return [items as Linked];
    const list = items as readonly Linked[];
    return [list[index] ?? additionalItems ?? true];
  });
}

export const requiredOf = (one: Case): ReadonlySet<string> =>
  new Set(one.atoms.flatMap(({ required = [] }) => required));

/** Returns the names that the case mentions. */
export function namesOf(one: Case): ReadonlySet<string> {
  return new Set(one.atoms.flatMap(({ properties = {}, required = [] }) => [...Object.keys(properties), ...required]));
}

/** Returns the schemas of a property. */
export function propertyRules(one: Case, name: string): Linked[] {
  if (isFull(one) && !requiredOf(one).has(name)) return [false];
  const rules = one.atoms.flatMap((atom): Linked[] => {
    const named = namedRules(atom, name);
    const rest = atom.additionalProperties;
    const found = named.length > 0 || rest === undefined ? named : [rest];
    return atom.propertyNames !== undefined && !isValid(atom.propertyNames, name) ? [...found, false] : found;
  });
  const closed = one.closed.flatMap((rule) => (isDescribed(rule, name) ? [] : [rule.rest]));
  return [...rules, ...closed];
}

/** Whether there may be no other properties than the required ones. */
function isFull(one: Case): boolean {
  const limits = one.atoms.flatMap(({ maxProperties }) => (maxProperties === undefined ? [] : [maxProperties]));
  return limits.length > 0 && requiredOf(one).size >= Math.min(...limits);
}

/** Returns the patterns of names that the case has rules for. */
export function patternsOf({ atoms, closed }: Case): string[] {
  const described = atoms.flatMap(({ patternProperties }) => Object.keys(patternProperties ?? {}));
  return [...new Set([...described, ...closed.flatMap(({ patterns }) => patterns)])];
}

/**
 * Returns the schemas of a property with a name that the case does not mention.
 *
 * @param pattern what the name matches, if that is known.
 * @param without patterns that the name does not match.
 */
export function otherRules(one: Case, pattern: string | undefined, without: readonly string[] = []): Linked[] {
  if (isFull(one)) return [false];
  const rules = [
    ...one.atoms
      .filter(({ patternProperties, additionalProperties }) => patternProperties !== undefined || additionalProperties !== undefined) // prettier-ignore
      .map(({ patternProperties = {}, additionalProperties = true }) => ({ patterns: patternProperties, rest: additionalProperties })), // prettier-ignore
    ...one.closed.map(({ patterns, rest }) => ({
      patterns: Object.fromEntries(patterns.map((each): [string, Linked] => [each, true])),
      rest,
    })),
  ];
  return rules.flatMap(({ patterns, rest }): Linked[] => {
    const certain = Object.entries(patterns).filter(([each]) => pattern !== undefined && isSubset([pattern], [each]));
    if (certain.length > 0) return certain.map(([, rule]) => rule);
    const possible = Object.entries(patterns).filter(([each]) => !isSubset([each], without) && !areDisjoint(each, pattern)); // prettier-ignore
    const alternatives = [...possible.map(([, rule]) => rule), rest];
    if (alternatives.includes(true)) return [true];
    return [alternatives.length === 1 ? rest : { anyOf: alternatives }];
  });
}
