/** Validates values by linked schemas, as Ajv's validators do. Parts of schemas need no validator of their own that way. */
import { FORMATS } from '../../ajv.ts';
import { isObject } from '../../json-object.ts';
import type { JsonObject } from '../../json-object.ts';
import { dataText } from './identity.ts';
import type { Linked, LinkedObject } from './linked.ts';
import { matches } from './matching.ts';
import type { TextRule } from './matching.ts';

export function isValid(schema: Linked, value: unknown): boolean {
  if (typeof schema === 'boolean') return schema;
  return check(schema, value) !== undefined;
}

/** The names of the properties that a valid value has and that the schema describes. */
type Described = ReadonlySet<string>;

const NOTHING: Described = new Set();

/** Returns undefined if the value is not valid. */
function check(schema: Linked, value: unknown): Described | undefined {
  if (typeof schema === 'boolean') return schema ? NOTHING : undefined;
  if (schema.type !== undefined && ![schema.type].flat().some((type) => isOfType(value, type))) return undefined;
  if ('const' in schema && !isEqual(schema.const, value)) return undefined;
  if (schema.enum !== undefined && !isOneOf(schema.enum, value)) return undefined;
  if (typeof value === 'number' && !isNumberValid(schema, value)) return undefined;
  if (typeof value === 'string' && !isTextValid(schema, value)) return undefined;
  if (Array.isArray(value) && !isListValid(schema, value)) return undefined;
  const described = new Set<string>();
  if (isObject(value) && !isObjectValid(schema, value, described)) return undefined;
  if (!areCombinationsValid(schema, value, described)) return undefined;
  if (schema.unevaluatedProperties !== undefined && isObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      if (described.has(name)) continue;
      if (!isValid(schema.unevaluatedProperties, item)) return undefined;
      described.add(name);
    }
  }
  return described;
}

function areCombinationsValid(schema: LinkedObject, value: unknown, described: Set<string>): boolean {
  const note = (found: Described | undefined) => {
    for (const name of found ?? []) described.add(name);
    return found !== undefined;
  };
  if (schema.allOf !== undefined && !schema.allOf.every((part) => note(check(part, value)))) return false;
  if (schema.anyOf !== undefined && schema.anyOf.filter((part) => note(check(part, value))).length === 0) return false;
  if (schema.oneOf !== undefined && schema.oneOf.filter((part) => note(check(part, value))).length !== 1) return false;
  if (schema.not !== undefined && isValid(schema.not, value)) return false;
  if (schema.if === undefined) return true;
  return note(check(schema.if, value))
    ? note(check(schema.then ?? true, value))
    : note(check(schema.else ?? true, value));
}

/** The keys of the values of lists. */
const sets = new WeakMap<readonly unknown[], ReadonlySet<unknown>>();

export function isOneOf(values: readonly unknown[], value: unknown): boolean {
  let set = sets.get(values);
  if (set === undefined) {
    set = new Set(values.map(keyOf));
    sets.set(values, set);
  }
  return set.has(keyOf(value));
}

/** Returns a key that equal values have: that of a list or object is no JSON text of a scalar. */
function keyOf(value: unknown): unknown {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' && value !== null ? dataText(value) : value;
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

function isNumberValid(schema: LinkedObject, value: number): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  return (
    (minimum === undefined || value >= minimum) &&
    (maximum === undefined || value <= maximum) &&
    (exclusiveMinimum === undefined || value > exclusiveMinimum) &&
    (exclusiveMaximum === undefined || value < exclusiveMaximum) &&
    (multipleOf === undefined || isMultiple(value, multipleOf))
  );
}

/** As Ajv decides it, with the errors of floating point numbers. */
function isMultiple(value: number, of: number): boolean {
  const times = value / of;
  return of !== 0 && times === Number.parseInt(String(times), 10);
}

/** Returns the rule of a pattern. */
export const ofPattern = (source: string): TextRule => ({ source, flags: 'u' });

/** Returns the rule of a format; undefined if it is only a note. */
export function ofFormat(name: string): TextRule | undefined {
  const rule = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  return rule instanceof RegExp ? { source: rule.source, flags: rule.flags } : undefined;
}

/** Returns the rule of the strings of a list. */
export function ofTexts(values: readonly unknown[]): TextRule {
  const escaped = (text: string) => Array.from(text, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`).join(''); // prettier-ignore
  const texts = values.filter((value) => typeof value === 'string');
  // A class that has no characters matches nothing.
  return ofPattern(texts.length === 0 ? '[]' : `^(?:${texts.map(escaped).join('|')})$`);
}

/** The length of a text in code points. */
export const lengthOf = (text: string): number => Array.from(text).length;

function isTextValid({ minLength, maxLength, pattern, format }: LinkedObject, value: string): boolean {
  if (minLength !== undefined && lengthOf(value) < minLength) return false;
  if (maxLength !== undefined && lengthOf(value) > maxLength) return false;
  if (pattern !== undefined && !matches(ofPattern(pattern), value)) return false;
  const rule = format === undefined ? undefined : ofFormat(format);
  return rule === undefined || matches(rule, value);
}

function isListValid(schema: LinkedObject, value: readonly unknown[]): boolean {
  const { items, additionalItems = true, contains, minItems = 0, maxItems = Infinity, uniqueItems } = schema;
  if (value.length < minItems || value.length > maxItems) return false;
  if (contains !== undefined && !value.some((item) => isValid(contains, item))) return false;
  if (uniqueItems === true && !areUnique(value)) return false;
  if (items === undefined) return true;
  const list = items;
  if (!Array.isArray(list)) return value.every((item) => isValid(list as Linked, item));
  const positions = list as readonly Linked[];
  return value.every((item, index) => isValid(positions[index] ?? additionalItems, item));
}

function areUnique(value: readonly unknown[]): boolean {
  if (value.every((item) => typeof item !== 'object')) return new Set(value).size === value.length;
  return value.every((item, index) => value.slice(0, index).every((other) => !isEqual(item, other)));
}

function isObjectValid(schema: LinkedObject, value: JsonObject, described: Set<string>): boolean {
  const names = Object.keys(value);
  const { minProperties = 0, maxProperties = Infinity, propertyNames, required = [], dependencies = {} } = schema;
  if (names.length < minProperties || names.length > maxProperties) return false;
  if (!required.every((name) => Object.hasOwn(value, name))) return false;
  if (propertyNames !== undefined && !names.every((name) => isValid(propertyNames, name))) return false;
  for (const [name, rule] of Object.entries(dependencies)) {
    if (!Object.hasOwn(value, name)) continue;
    if (Array.isArray(rule)) {
      if (!(rule as readonly string[]).every((other) => Object.hasOwn(value, other))) return false;
      continue;
    }
    const found = check(rule as Linked, value);
    if (found === undefined) return false;
    for (const one of found) described.add(one);
  }
  for (const name of names) {
    const rules = namedRules(schema, name);
    if (rules.length > 0 || schema.additionalProperties !== undefined) described.add(name);
    if (rules.length === 0 && schema.additionalProperties !== undefined) rules.push(schema.additionalProperties);
    if (!rules.every((rule) => isValid(rule, value[name]))) return false;
  }
  return true;
}

/** Returns what a schema requires of a property by its name or a pattern. */
export function namedRules({ properties, patternProperties }: LinkedObject, name: string): Linked[] {
  const rules: Linked[] = [];
  if (properties !== undefined && Object.hasOwn(properties, name)) rules.push(properties[name] ?? true);
  for (const [pattern, rule] of Object.entries(patternProperties ?? {})) {
    if (matches(ofPattern(pattern), name)) rules.push(rule);
  }
  return rules;
}

/** Compares JSON values. */
export function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every(
    (name) => Object.hasOwn(other, name) && isEqual((one as JsonObject)[name], (other as JsonObject)[name]),
  );
}
