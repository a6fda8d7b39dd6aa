/** Proves that one schema accepts every value that another one accepts, keyword by keyword. */
import {
  boundsOf,
  casesOfAll,
  integersOf,
  itemCounts,
  itemRules,
  namesOf,
  narrowed,
  otherRules,
  positionsOf,
  propertyRules,
  requiredOf,
  typesOf,
  typesOfKeyword,
  valuesOf,
} from './cases.ts';
import type { Case } from './cases.ts';
import { groupsOf, identityOf } from './linked.ts';
import type { Linked, LinkedObject } from './linked.ts';
import { mayHaveName } from './names.ts';
import { areMultiples, areWithin, haveLength, isTextOf, isTextOfAny } from './scalars.ts';
import { namesOfTypes, splitBy } from './split.ts';
import { findText } from './strings.ts';
import { rulesOf, textsOf, valueRulesOf } from './texts.ts';
import { isValid, namedRules } from './valid.ts';

/** A keyword of the reader's schema of which it is not proved that all values of the writer keep it. */
export interface Unproved {
  /** Keywords and names that lead to it in the reader's schema. */
  readonly path: readonly string[];
  readonly keyword: string;
  /** The names of the fields that lead to the value. */
  readonly field: readonly string[];
  /** If the keyword combines schemas: the fields where these do not accept the value. */
  readonly within?: readonly (readonly string[])[];
}

/** What a proof has to try before it gives up. */
const MAX_STEPS = 40_000;
const MAX_SPLITS = 3;
const MAX_DEPTH = 40;

/** Returns what is not proved; nothing if the reader accepts every value that all schemas of the writer accept. */
export function unprovedOf(writer: readonly Linked[], reader: Linked): Unproved[] {
  return new Proof().schemas(writer, reader, ROOT);
}

export function isIncluded(writer: readonly Linked[], reader: Linked): boolean {
  return unprovedOf(writer, reader).length === 0;
}

interface Position {
  readonly path: readonly string[];
  readonly field: readonly string[];
  /** How many fields and items lead to the value. */
  readonly depth: number;
  /** How often the cases here were split. */
  readonly splits: number;
}

const ROOT: Position = { path: [], field: [], depth: 0, splits: 0 };

const deeper = (at: Position, keywords: readonly string[], field: string): Position => ({
  path: [...at.path, ...keywords],
  field: [...at.field, field],
  depth: at.depth + 1,
  splits: 0,
});
const inner = (at: Position, ...keywords: readonly string[]): Position => ({ ...at, path: [...at.path, ...keywords] });

class Proof {
  #steps = 0;
  /** What is being proved, and how deep in the value. Deeper in the value it may be assumed: values are finite. */
  readonly #assumed = new Map<string, number>();
  readonly #proved = new Map<string, boolean>();

  schemas(writer: readonly Linked[], reader: Linked, at: Position): Unproved[] {
    if (reader === true) return [];
    if (at.depth > MAX_DEPTH || this.#steps > MAX_STEPS) return [failure(at, 'depth')];
    this.#steps += 1;
    const key = `${keyOf(writer)}<${identityOf(reader)}`;
    if (this.#proved.get(key) === true) return [];
    const assumedAt = this.#assumed.get(key);
    if (assumedAt !== undefined) return assumedAt < at.depth ? [] : [failure(at, 'depth')];
    if (writer.some((schema) => identityOf(schema) === identityOf(reader))) return [];
    this.#assumed.set(key, at.depth);
    const found = casesOfAll(writer).flatMap((one) => this.case(one, reader, at));
    this.#assumed.delete(key);
    // It may rest on an assumption that fails later: what is proved within other proofs is not kept.
    if (found.length === 0 && this.#assumed.size === 0) this.#proved.set(key, true);
    return found;
  }

  case(one: Case, reader: Linked, at: Position): Unproved[] {
    if (reader === true) return [];
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) return [failure(at, 'depth')];
    const found = reader === false ? [failure(at, 'false')] : groupsOf(reader).flatMap((group) => this.#group(one, group, at)); // prettier-ignore
    if (found.length === 0) return found;
    const types = namesOfTypes(one);
    const possible = types.filter((type) => narrowed(one, { type }).some((each) => !this.isImpossible(each, at.depth)));
    if (possible.length === 0 || possible.length === types.length) return possible.length === 0 ? [] : found;
    return possible.flatMap((type) => narrowed(one, { type }).flatMap((each) => this.case(each, reader, at)));
  }

  #isProved(one: Case, reader: Linked, at: Position): boolean {
    return this.case(one, reader, at).length === 0;
  }

  #group(one: Case, group: LinkedObject, at: Position): Unproved[] {
    if (one.facts.has(identityOf(group))) return [];
    const values = valuesOf(one);
    const [keyword = ''] = Object.keys(group);
    if (values !== undefined) {
      const isObjectLike = values.some((value) => typeof value === 'object' && value !== null);
      if (values.every((value) => isValid(group, value))) return [];
      if (!isObjectLike) return [failure(at, keyword)];
    }
    if (group.unevaluatedProperties !== undefined) return this.#closed(one, group, at);
    return Object.keys(group).flatMap((name) => this.#keyword(one, group, name as keyof LinkedObject, at));
  }

  #keyword(one: Case, schema: LinkedObject, keyword: keyof LinkedObject, at: Position): Unproved[] {
    const types = typesOf(one);
    const fail = (isProved: boolean): Unproved[] => (isProved ? [] : [failure(at, keyword)]);
    switch (keyword) {
      case 'type': {
        const allowed = typesOfKeyword(schema.type ?? []);
        return fail([...types].every((type) => allowed.has(type)));
      }
      case 'const':
      case 'enum':
        return fail([...types].every((type) => type === 'string') && isTextOf(one, valueRulesOf(schema)));
      case 'minimum':
      case 'maximum':
      case 'exclusiveMinimum':
      case 'exclusiveMaximum':
        return fail(areWithin(one, schema));
      case 'multipleOf':
        return fail(areMultiples(one, schema.multipleOf ?? 1));
      case 'minLength':
      case 'maxLength':
        return fail(!types.has('string') || haveLength(one, schema));
      case 'pattern':
      case 'format':
        return fail(!types.has('string') || isTextOf(one, rulesOf(schema)));
      case 'minItems':
        return fail(!types.has('array') || itemCounts(one).min >= (schema.minItems ?? 0));
      case 'maxItems':
        return fail(!types.has('array') || itemCounts(one).max <= (schema.maxItems ?? Infinity));
      case 'uniqueItems':
        return fail(
          !types.has('array') ||
            schema.uniqueItems !== true ||
            itemCounts(one).max <= 1 ||
            one.atoms.some(({ uniqueItems }) => uniqueItems === true),
        );
      case 'items':
      case 'additionalItems':
        return types.has('array') && keyword === Object.keys(schema)[0] ? this.#items(one, schema, at) : [];
      case 'contains':
        return fail(!types.has('array') || this.#contains(one, schema.contains ?? true, at));
      case 'required':
        return types.has('object')
          ? (schema.required ?? []).filter((name) => !requiredOf(one).has(name)).map((name) => ({ path: at.path, keyword, field: [...at.field, name] })) // prettier-ignore
          : [];
      case 'minProperties':
        return fail(!types.has('object') || leastProperties(one) >= (schema.minProperties ?? 0));
      case 'maxProperties':
        return fail(!types.has('object') || greatestProperties(one) <= (schema.maxProperties ?? Infinity));
      case 'properties':
      case 'patternProperties':
      case 'additionalProperties':
        return types.has('object') && keyword === Object.keys(schema)[0] ? this.#properties(one, schema, at) : [];
      case 'propertyNames':
        return fail(!types.has('object') || this.#names(one, schema.propertyNames ?? true, at));
      case 'dependencies':
        return types.has('object') ? this.#dependencies(one, schema, at) : [];
      case 'allOf':
        return (schema.allOf ?? []).flatMap((part, index) => this.case(one, part, inner(at, 'allOf', String(index))));
      case 'anyOf':
        return this.#alternatives(one, schema.anyOf ?? [], at, keyword);
      case 'oneOf':
        return this.#alternatives(one, schema.oneOf ?? [], at, keyword);
      case 'not':
        return fail(this.#refuses(one, schema.not ?? false, at));
      case 'if':
        return this.#condition(one, schema, at);
      case 'then':
      case 'else':
      case 'unevaluatedProperties':
        return [];
    }
  }

  /** Whether no value of the case is accepted by the schema. */
  #refuses(one: Case, schema: Linked, at: Position): boolean {
    const identity = identityOf(schema);
    if (one.nots.some((not) => identityOf(not) === identity)) return true;
    return narrowed(one, schema).every((both) => this.isImpossible(both, at.depth));
  }

  #alternatives(one: Case, parts: readonly Linked[], at: Position, keyword: 'anyOf' | 'oneOf'): Unproved[] {
    const tried = parts.map((part, index) => this.case(one, part, inner(at, keyword, String(index))));
    const fits = parts.some((_part, index) => {
      if (tried[index]?.length !== 0) return false;
      return (
        keyword === 'anyOf' || parts.every((other, position) => position === index || this.#refuses(one, other, at))
      );
    });
    if (fits || (keyword === 'anyOf' && isTextOfAny(one, parts))) return [];
    const smaller = at.splits >= MAX_SPLITS || this.#steps > MAX_STEPS ? undefined : splitBy(one, parts);
    if (smaller === undefined) return [{ ...failure(at, keyword), within: fieldsIn(tried.flat()) }];
    const next = { ...at, splits: at.splits + 1 };
    for (const each of smaller) {
      if (this.isImpossible(each, at.depth)) continue;
      const found = this.#alternatives(each, parts, next, keyword);
      if (found.length > 0) return found;
    }
    return [];
  }

  #condition(one: Case, schema: LinkedObject, at: Position): Unproved[] {
    const { if: condition = true, then = true, else: otherwise = true } = schema;
    if (this.#refuses(one, condition, at)) return this.case(one, otherwise, inner(at, 'else'));
    if (this.#isProved(one, condition, at)) return this.case(one, then, inner(at, 'then'));
    const met = narrowed(one, condition).flatMap((each) => this.case(each, then, inner(at, 'then')));
    const unmet = { ...one, nots: [...one.nots, condition] };
    return [...met, ...this.case(unmet, otherwise, inner(at, 'else'))];
  }

  #items(one: Case, schema: LinkedObject, at: Position): Unproved[] {
    const { items = true, additionalItems = true } = schema;
    const { max } = itemCounts(one);
    const list = Array.isArray(items) ? (items as readonly Linked[]) : undefined;
    const positions = Math.max(positionsOf(one), list?.length ?? 0);
    const ruleOf = (index: number): [Linked, string[]] => {
      if (list === undefined) return [items as Linked, ['items']];
      const own = list[index];
      return own === undefined ? [additionalItems, ['additionalItems']] : [own, ['items', String(index)]];
    };
    const found: Unproved[] = [];
    for (let index = 0; index <= positions && index < max; index += 1) {
      const [rule, keywords] = ruleOf(index);
      const rules = itemRules(one, index < positions ? index : Infinity);
      const isTooLong = rule === false && !rules.includes(false);
      const missing = isTooLong && !this.areImpossible(rules, at.depth + 1) ? [failure(at, keywords[0] ?? '')] : this.schemas(rules, rule, deeper(at, keywords, '0')); // prettier-ignore
      // A list that cannot have such an item.
      if (missing.length > 0 && !this.areImpossible(rules, at.depth + 1)) found.push(...missing);
    }
    return found;
  }

  #contains(one: Case, rule: Linked, at: Position): boolean {
    const own = deeper(at, ['contains'], '0');
    const { min } = itemCounts(one);
    const positions = positionsOf(one);
    const rest = positions === 0 ? itemRules(one) : [];
    if (one.atoms.some(({ contains }) => contains !== undefined && this.schemas([contains, ...rest], rule, own).length === 0)) return true; // prettier-ignore
    for (let index = 0; index < min && index <= positions; index += 1) {
      const rules = itemRules(one, index < positions ? index : Infinity);
      if (this.schemas(rules, rule, own).length === 0) return true;
    }
    return false;
  }

  #properties(one: Case, schema: LinkedObject, at: Position): Unproved[] {
    const { properties = {}, patternProperties = {}, additionalProperties = true } = schema;
    const found: Unproved[] = [];
    const names = new Set([...namesOf(one), ...Object.keys(properties)]);
    for (const name of names) {
      const wanted = namedRules(schema, name);
      if (wanted.length === 0) wanted.push(additionalProperties);
      const rules = propertyRules(one, name);
      const hasOwn = Object.hasOwn(properties, name);
      for (const rule of wanted) {
        if (rule === true) continue;
        const keywords = hasOwn ? ['properties', name] : [];
        const next = deeper(at, keywords, name);
        const isNew = rule === false && !hasOwn;
        const missing = isNew ? (rules.includes(false) ? [] : [{ path: at.path, keyword: 'additionalProperties', field: next.field }]) : this.schemas(rules, rule, next); // prettier-ignore
        if (missing.length > 0 && !this.areImpossible(rules, at.depth + 1)) found.push(...missing);
      }
    }
    const patterns = Object.keys(patternProperties);
    for (const [pattern, rule] of Object.entries(patternProperties)) {
      if (rule === true || !mayHaveName(one, [pattern])) continue;
      const rules = otherRules(one, pattern);
      const missing = this.schemas(rules, rule, deeper(at, ['patternProperties', pattern], '*'));
      if (missing.length > 0 && !this.areImpossible(rules, at.depth + 1)) found.push(...missing);
    }
    if (additionalProperties !== true && mayHaveName(one, [], patterns, [...names])) {
      const rules = otherRules(one, undefined, patterns);
      const missing = additionalProperties === false ? [failure(at, 'additionalProperties')] : this.schemas(rules, additionalProperties, deeper(at, ['additionalProperties'], '*')); // prettier-ignore
      if (missing.length > 0 && !this.areImpossible(rules, at.depth + 1)) found.push(...missing);
    }
    return found;
  }

  #names(one: Case, rule: Linked, at: Position): boolean {
    const own = one.atoms.flatMap(({ propertyNames }) => (propertyNames === undefined ? [] : [propertyNames]));
    if (own.length > 0 && this.schemas([{ type: 'string' }, ...own], rule, deeper(at, ['propertyNames'], '*')).length === 0) return true; // prettier-ignore
    for (const name of namesOf(one)) {
      const rules = propertyRules(one, name);
      if (!isValid(rule, name) && !this.areImpossible(rules, at.depth + 1)) return false;
    }
    const rest = otherRules(one, undefined);
    return this.areImpossible(rest, at.depth + 1) || this.#patternsFit(one, rule, at);
  }

  /** Whether the names of other properties match patterns only, all of which the rule accepts. */
  #patternsFit(one: Case, rule: Linked, at: Position): boolean {
    return one.atoms.some(({ patternProperties, additionalProperties }) => {
      if (patternProperties === undefined || additionalProperties !== false) return false;
      const next = deeper(at, ['propertyNames'], '*');
      return Object.keys(patternProperties).every((pattern) => this.schemas([{ type: 'string', pattern }], rule, next).length === 0); // prettier-ignore
    });
  }

  #dependencies(one: Case, { dependencies = {} }: LinkedObject, at: Position): Unproved[] {
    return Object.entries(dependencies).flatMap(([name, rule]): Unproved[] => {
      if (this.areImpossible(propertyRules(one, name), at.depth + 1)) return [];
      const needed: Linked = Array.isArray(rule) ? { required: rule as readonly string[] } : (rule as Linked);
      const found = narrowed(one, { required: [name] }).flatMap((each) => this.case(each, needed, at));
      return found.length === 0 ? [] : [failure(inner(at, 'dependencies', name), 'dependencies')];
    });
  }

  /** `unevaluatedProperties`: other fields than those that the schema describes are refused. */
  #closed(one: Case, schema: LinkedObject, at: Position): Unproved[] {
    const { unevaluatedProperties: rest = true, ...others } = schema;
    const found = this.case(one, others, at);
    if (rest === true || !typesOf(one).has('object')) return found;
    const described = this.#describedBy(one, others, at);
    if (described === undefined) return found;
    const isNamed = (name: string) => described.some((part) => namedRules(part, name).length > 0);
    for (const name of namesOf(one)) {
      if (isNamed(name)) continue;
      const rules = propertyRules(one, name);
      if (rest === false && this.areImpossible(rules, at.depth + 1)) continue;
      const missing = rest === false ? [{ path: at.path, keyword: 'unevaluatedProperties', field: [...at.field, name] }] : this.schemas(rules, rest, deeper(at, ['unevaluatedProperties'], name)); // prettier-ignore
      found.push(...missing);
    }
    const patterns = described.flatMap(({ patternProperties }) => Object.keys(patternProperties ?? {}));
    const names = [...namesOf(one), ...described.flatMap(({ properties }) => Object.keys(properties ?? {}))];
    if (
      mayHaveName(one, [], patterns, names) &&
      !this.areImpossible(otherRules(one, undefined, patterns), at.depth + 1)
    )
      found.push(failure(at, 'unevaluatedProperties'));
    return found;
  }

  /** Returns the schemas that describe fields of every value of the case; undefined if one of them describes all fields. */
  #describedBy(one: Case, schema: Linked, at: Position): LinkedObject[] | undefined {
    if (typeof schema === 'boolean') return [];
    const {
      additionalProperties,
      unevaluatedProperties,
      allOf = [],
      anyOf = [],
      oneOf = [],
      dependencies = {},
    } = schema;
    if (additionalProperties !== undefined || unevaluatedProperties !== undefined) return undefined;
    const described: LinkedObject[] = [schema];
    const parts = [...allOf, ...[...anyOf, ...oneOf].filter((part) => this.#isProved(one, part, at))];
    if (schema.if !== undefined) {
      if (this.#isProved(one, schema.if, at)) parts.push(schema.if, schema.then ?? true);
      else if (this.#refuses(one, schema.if, at)) parts.push(schema.else ?? true);
    }
    for (const [name, rule] of Object.entries(dependencies))
      if (!Array.isArray(rule) && requiredOf(one).has(name)) parts.push(rule as Linked);
    for (const part of parts) {
      const found = this.#describedBy(one, part, at);
      if (found === undefined) return undefined;
      described.push(...found);
    }
    return described;
  }

  areImpossible(schemas: readonly Linked[], depth: number): boolean {
    if (schemas.includes(false)) return true;
    if (schemas.length === 0 || depth > MAX_DEPTH || this.#steps > MAX_STEPS) return false;
    const key = `${keyOf(schemas)}<`;
    const assumedAt = this.#assumed.get(key);
    // A value that must contain itself is infinite.
    if (assumedAt !== undefined) return assumedAt < depth;
    this.#assumed.set(key, depth);
    const result = casesOfAll(schemas).every((one) => this.isImpossible(one, depth));
    this.#assumed.delete(key);
    return result;
  }

  isImpossible(one: Case, depth: number): boolean {
    this.#steps += 1;
    const values = valuesOf(one);
    if (values !== undefined) return values.length === 0;
    if ([...typesOf(one)].every((type) => this.#lacksType(one, type, depth))) return true;
    if (this.#steps > MAX_STEPS) return false;
    const at = { ...ROOT, depth, splits: MAX_SPLITS };
    return one.nots.some((not) => this.#isAccepted(one, not, at));
  }

  /** Whether a schema that refuses the values of the case accepts all that its other rules accept. */
  #isAccepted(one: Case, not: Linked, at: Position): boolean {
    const rest = { ...one, nots: one.nots.filter((other) => other !== not) };
    return quickly(rest, not) && this.#assuming(rest, not, at);
  }

  #assuming(one: Case, reader: Linked, at: Position): boolean {
    const key = `${keyOf(one.atoms)}!${identityOf(reader)}`;
    if (this.#assumed.has(key)) return false;
    this.#assumed.set(key, at.depth);
    const groups = reader === false ? undefined : reader === true ? [] : groupsOf(reader);
    const result = groups?.every((group) => this.#group(one, group, at).length === 0) === true;
    this.#assumed.delete(key);
    return result;
  }

  /** Whether the case has no value of a type. */
  #lacksType(one: Case, type: string, depth: number): boolean {
    switch (type) {
      case 'integer': {
        const { least, greatest } = integersOf(one);
        return least > greatest;
      }
      case 'fraction': {
        const { min, max, isMinExclusive, isMaxExclusive } = boundsOf(one);
        return min > max || (min === max && (isMinExclusive || isMaxExclusive || Number.isInteger(min)));
      }
      case 'string':
        return findText(textsOf(one)).kind === 'none';
      case 'array': {
        const { min, max } = itemCounts(one);
        if (min > max) return true;
        const positions = positionsOf(one);
        for (let index = 0; index < min && index <= positions; index += 1) {
          if (this.areImpossible(itemRules(one, index < positions ? index : Infinity), depth + 1)) return true;
        }
        return one.atoms.some(({ contains }) => contains !== undefined && !this.#hasItem(one, contains, depth));
      }
      case 'object': {
        if (leastProperties(one) > greatestProperties(one)) return true;
        return [...requiredOf(one)].some((name) => this.areImpossible(propertyRules(one, name), depth + 1));
      }
      default:
        return false;
    }
  }

  /** Whether an item of a list may be what `contains` asks for, as far as that is known. */
  #hasItem(one: Case, contains: Linked, depth: number): boolean {
    const { max } = itemCounts(one);
    const positions = positionsOf(one);
    for (let index = 0; index <= positions && index < max; index += 1) {
      const rules = itemRules(one, index < positions ? index : Infinity);
      if (!this.areImpossible([...rules, contains], depth + 1)) return true;
    }
    return false;
  }
}

/** The most fields that one failure names. */
const MAX_FIELDS = 6;

/** Returns the fields of failures, the deepest first. */
function fieldsIn(found: readonly Unproved[]): (readonly string[])[] {
  const fields = found.flatMap(({ field, within = [] }) => [field, ...within]);
  const distinct = [...new Map(fields.map((field) => [field.join('/'), field])).values()];
  return distinct.sort((one, other) => other.length - one.length).slice(0, MAX_FIELDS);
}

/** Whether it is worth trying to prove that a schema accepts the case: most alternatives are of other types or constants. */
function quickly(one: Case, schema: Linked): boolean {
  if (typeof schema === 'boolean') return schema;
  if (schema.type === undefined) return true;
  const allowed = typesOfKeyword(schema.type);
  return [...typesOf(one)].every((type) => allowed.has(type));
}

const failure = (at: Position, keyword: string): Unproved => ({ path: at.path, keyword, field: at.field });

const keyOf = (schemas: readonly Linked[]) => [...new Set(schemas.map(identityOf))].sort().join('&');

function leastProperties(one: Case): number {
  return Math.max(requiredOf(one).size, ...one.atoms.map(({ minProperties = 0 }) => minProperties));
}

function greatestProperties(one: Case): number {
  const limit = Math.min(...one.atoms.map(({ maxProperties = Infinity }) => maxProperties));
  const isClosed = otherRules(one, undefined).includes(false);
  const names = [...namesOf(one)].filter((name) => !propertyRules(one, name).includes(false));
  return isClosed ? Math.min(limit, names.length) : limit;
}
