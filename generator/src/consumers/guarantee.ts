/** Finds out what a reader of a message may rely on: which fields the schema describes, and which of them always have a value. */
import type { Schema } from '../document.ts';
import { ITEMS } from './fields.ts';
import type { FieldPath } from './fields.ts';

/** What a schema promises of a field. `at` is where the promise ends: the field itself, or one on the way to it. */
export type Guarantee =
  | { readonly kind: 'guaranteed' }
  | { readonly kind: 'may be missing' | 'may be null'; readonly at: FieldPath }
  /** The schema does not describe it; `at` is the object, and `known` the fields that it has instead. */
  | { readonly kind: 'unknown'; readonly at: FieldPath; readonly known: readonly string[] };

/** Returns what a schema promises of a field in every value that it accepts. */
export function guaranteeOf(schema: Schema | boolean, path: FieldPath): Guarantee {
  let cases = casesOf(schema);
  let weakness: Guarantee | undefined;
  for (const [index, step] of path.entries()) {
    const at = path.slice(0, index);
    weakness ??= nullIn(cases, at);
    const steps = cases.map((parts) => stepInto(parts, step));
    if (steps.every(({ children }) => children.length === 0)) return { kind: 'unknown', at, known: namesIn(cases) };
    if (steps.some(({ isRequired }) => !isRequired))
      weakness ??= { kind: 'may be missing', at: path.slice(0, index + 1) };
    cases = steps.flatMap(({ children }) => (children.length === 0 ? [] : casesOf({ allOf: children } as Schema)));
  }
  return weakness ?? nullIn(cases, path) ?? { kind: 'guaranteed' };
}

/** Schemas that all hold for a value. */
type Case = readonly Schema[];

/** More combinations than this are not distinguished: `allOf` of several `anyOf` multiplies them. */
const MAX_CASES = 1_000;

/** Keywords of conditions, which the type of schemas lacks. */
type Conditional = Schema & Readonly<Record<'if' | 'then' | 'else', Schema | boolean | undefined>>;

/** Returns the cases of a schema: each value that it accepts is one of at least one of them. */
function casesOf(schema: Schema | boolean, within: readonly unknown[] = []): Case[] {
  if (schema === false) return [];
  // A schema that contains itself without a field between adds nothing to itself.
  if (schema === true || within.includes(schema)) return [[]];
  const inner = [...within, schema];
  const { if: condition, then = true, else: otherwise = true } = schema as Conditional;
  const alternatives = [schema.anyOf, schema.oneOf, condition === undefined ? undefined : [then, otherwise]];
  const parts = [
    ...(schema.allOf ?? []).map((part) => casesOf(part, inner)),
    ...alternatives.flatMap((list) => (list === undefined ? [] : [list.flatMap((one) => casesOf(one, inner))])),
  ];
  return parts.reduce<Case[]>(
    (cases, part) => {
      if (cases.length * part.length > MAX_CASES) return cases;
      return cases.flatMap((one) => part.map((other) => [...one, ...other])).filter((one) => isPossible(one));
    },
    [[schema]],
  );
}

/** Returns the schemas of a field in a case, and whether the field is always there. */
function stepInto(parts: Case, step: FieldPath[number]): { children: (Schema | boolean)[]; isRequired: boolean } {
  if (step === ITEMS) return { children: parts.flatMap(itemsOf), isRequired: true };
  if (!mayBe(parts, 'object')) return { children: [], isRequired: false };
  return {
    children: parts.flatMap((part) => fieldSchemas(part, step)),
    isRequired: parts.some(({ required }) => required?.includes(step) === true),
  };
}

function fieldSchemas(schema: Schema, name: string): (Schema | boolean)[] {
  const { properties = {}, patternProperties = {}, additionalProperties } = schema;
  const named = Object.hasOwn(properties, name) ? [properties[name] ?? true] : [];
  const patterns = Object.entries(patternProperties).filter(([pattern]) => new RegExp(pattern, 'u').test(name));
  const found = [...named, ...patterns.map(([, one]) => one)];
  return found.length === 0 && typeof additionalProperties === 'object' ? [additionalProperties] : found;
}

function itemsOf({ items, additionalItems }: Schema): (Schema | boolean)[] {
  if (items === undefined) return [];
  if (!Array.isArray(items)) return [items as Schema | boolean];
  // The rules of each position: an item has one of them.
  return [{ anyOf: [...(items as readonly Schema[]), ...(additionalItems === false ? [] : [additionalItems ?? true])] } as Schema]; // prettier-ignore
}

/** Returns the names of the fields that any case describes. */
function namesIn(cases: readonly Case[]): string[] {
  return [...new Set(cases.flat().flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

function nullIn(cases: readonly Case[], at: FieldPath): Guarantee | undefined {
  return cases.some((parts) => mayBe(parts, 'null')) ? { kind: 'may be null', at } : undefined;
}

const isPossible = (parts: Case) => TYPES.some((type) => mayBe(parts, type));

const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const;

function mayBe(parts: Case, type: string): boolean {
  return parts.every((part) => restrictionsOf(part).every((types) => types.includes(type)));
}

/** Returns the lists of types that keywords of a schema allow. A value must be of a type in each list. */
function restrictionsOf(schema: Schema): string[][] {
  const { type, enum: values, properties, required } = schema;
  const lists = [
    ...(type === undefined ? [] : [[type].flat()]),
    ...('const' in schema ? [[typeOf(schema.const)]] : []),
    ...(values === undefined ? [] : [values.map(typeOf)]),
  ];
  // Without a type, its keywords show which type it describes, as in the generated types.
  if (lists.length === 0 && (properties !== undefined || required !== undefined)) return [['object']];
  return lists.map((types) => (types.includes('number') ? [...types, 'integer'] : types));
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}
