/** Random schemas over every keyword that validators know, small changes of them, and random values. */
import fc from 'fast-check';

type Schema = Record<string, unknown>;

const NAMES = ['a', 'b', 'c'];
const SCALARS = fc.constantFrom<unknown>(null, true, false, 0, 1, 2, -1, 1.5, '', 'a', 'ab', 'abc', 'B', '1');
const TYPES = ['string', 'integer', 'number', 'boolean', 'null', 'object', 'array'];

const LEAF: fc.Arbitrary<unknown> = fc.oneof(
  fc.record({ type: fc.oneof(fc.constantFrom(...TYPES), fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 2, maxLength: 3 })) }), // prettier-ignore
  fc.record({ const: SCALARS }),
  fc.record({ enum: fc.uniqueArray(SCALARS, { minLength: 1, maxLength: 4 }) }),
  fc.record({ type: fc.constantFrom('integer', 'number'), minimum: fc.integer({ min: -3, max: 3 }), maximum: fc.integer({ min: -2, max: 6 }) }, { requiredKeys: ['type'] }), // prettier-ignore
  fc.record({ type: fc.constantFrom('integer', 'number'), exclusiveMinimum: fc.constantFrom(-1, 0, 0.5), exclusiveMaximum: fc.constantFrom(1, 2.5, 4), multipleOf: fc.constantFrom(1, 2, 0.5, 3, 0.1) }, { requiredKeys: ['type'] }), // prettier-ignore
  fc.record({ type: fc.constant('integer'), format: fc.constantFrom('int8', 'uint8', 'uint16', 'int32', 'uint32', 'int64') }), // prettier-ignore
  fc.record({ type: fc.constant('string'), minLength: fc.integer({ min: 0, max: 3 }), maxLength: fc.integer({ min: 0, max: 4 }) }, { requiredKeys: ['type'] }), // prettier-ignore
  fc.record({ type: fc.constant('string'), pattern: fc.constantFrom('^a', 'b$', '^[ab]*$', '^[a-c]+$', '^\\d+$', '^(a|ab)$', '^.$', '^[^a]+$', '^(?!a)b') }), // prettier-ignore
  fc.record({ type: fc.constant('string'), format: fc.constantFrom('uuid', 'date', 'date-time', 'ipv4', 'email', 'password') }), // prettier-ignore
  fc.record({ minimum: fc.integer({ min: -1, max: 2 }), minLength: fc.integer({ min: 0, max: 2 }), required: fc.subarray(NAMES) }, { requiredKeys: [] }), // prettier-ignore
);

/** The list of items of a tuple is never combined with `contains`: there Ajv accepts an empty list by mistake. */
export const SCHEMAS = fc.letrec<{ schema: unknown }>((tie) => {
  const schema = tie('schema');
  const fields = fc.dictionary(fc.constantFrom(...NAMES), schema, { maxKeys: 3 });
  const list = fc.array(schema, { minLength: 1, maxLength: 3 });
  const count = (max: number) => fc.integer({ min: 0, max });
  return {
    schema: fc.oneof(
      { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
      LEAF,
      fc.record({ type: fc.constantFrom('object', ['object', 'null']), properties: fields, required: fc.subarray(NAMES), additionalProperties: fc.oneof(fc.boolean(), schema), minProperties: count(2), maxProperties: fc.integer({ min: 1, max: 3 }) }, { requiredKeys: ['type', 'properties'] }), // prettier-ignore
      fc.record({ type: fc.constant('object'), properties: fields, required: fc.subarray(NAMES), 'x-open-enum': fc.boolean() }, { requiredKeys: ['type', 'properties'] }), // prettier-ignore
      fc.record({ type: fc.constant('object'), patternProperties: fc.dictionary(fc.constantFrom('^a', 'b$', '^[bc]$'), schema, { minKeys: 1, maxKeys: 2 }), additionalProperties: fc.oneof(fc.boolean(), schema), propertyNames: fc.constantFrom({ pattern: '^[a-c]' }, { maxLength: 2 }, { enum: ['a', 'b'] }) }, { requiredKeys: ['type'] }), // prettier-ignore
      fc.record({ type: fc.constant('object'), properties: fields, dependencies: fc.dictionary(fc.constantFrom(...NAMES), fc.oneof(fc.subarray(NAMES, { minLength: 1 }), schema), { minKeys: 1, maxKeys: 2 }) }), // prettier-ignore
      fc.record({ type: fc.constant('array'), items: fc.array(schema, { minLength: 1, maxLength: 2 }), additionalItems: fc.oneof(fc.boolean(), schema), minItems: count(2), maxItems: count(3), uniqueItems: fc.boolean() }, { requiredKeys: ['type'] }), // prettier-ignore
      fc.record({ type: fc.constant('array'), items: schema, minItems: count(2), maxItems: count(3), uniqueItems: fc.boolean(), contains: schema }, { requiredKeys: ['type'] }), // prettier-ignore
      fc.record({ allOf: list }),
      fc.record({ anyOf: list }),
      fc.record({ oneOf: list, discriminator: fc.constant('a') }, { requiredKeys: ['oneOf'] }),
      fc.record({ not: schema }),
      fc.record({ if: schema, then: schema, else: schema }, { requiredKeys: ['if'] }),
    ),
  };
}).schema;

export const VALUES: fc.Arbitrary<unknown> = fc.oneof(
  { maxDepth: 3 },
  SCALARS,
  fc.integer({ min: -5, max: 300 }),
  fc.string({ maxLength: 4 }),
  fc.constantFrom('2024-01-01', '123e4567-e89b-42d3-a456-426614174000'),
  fc.array(SCALARS, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', 'b', 'c', 'ab', 'd'), fc.oneof(SCALARS, fc.array(SCALARS, { maxLength: 2 }), fc.dictionary(fc.constantFrom(...NAMES), SCALARS, { maxKeys: 2 })), { maxKeys: 3 }), // prettier-ignore
);

const LISTS = ['allOf', 'anyOf', 'oneOf'];
const MAPS = ['properties', 'patternProperties', 'dependencies'];
const SINGLE = ['items', 'additionalItems', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains'];

/** Changes one keyword of a schema, or replaces a part of it by another schema. @param random numbers from 0 to below 1. */
export function changed(schema: unknown, other: unknown, random: () => number): unknown {
  if (typeof schema !== 'object' || schema === null) return other;
  const given = schema as Schema;
  const keywords = Object.keys(given);
  if (keywords.length === 0 || random() < 0.15) return other;
  const keyword = keywords[Math.floor(random() * keywords.length)]!;
  const value = given[keyword];
  const copy: Schema = { ...given };
  if (random() < 0.15) {
    Reflect.deleteProperty(copy, keyword);
    return copy;
  }
  if (LISTS.includes(keyword)) return { ...copy, [keyword]: changedList(value as unknown[], other, random) };
  if (MAPS.includes(keyword)) return { ...copy, [keyword]: changedMap(value as Schema, other, random) };
  if (SINGLE.includes(keyword) && typeof value === 'object' && !Array.isArray(value)) return { ...copy, [keyword]: changed(value, other, random) }; // prettier-ignore
  if (typeof value === 'number') return { ...copy, [keyword]: changedNumber(keyword, value, random) };
  if (keyword === 'required') {
    const names = value as string[];
    return { ...copy, required: names.includes('a') ? names.filter((name) => name !== 'a') : [...names, 'a'] };
  }
  if (keyword === 'type') {
    const types = [value].flat() as string[];
    return { ...copy, type: random() < 0.5 ? [...new Set([...types, 'null'])] : types[0] };
  }
  if (keyword !== 'enum') return other;
  const values = value as unknown[];
  return { ...copy, enum: random() < 0.5 && values.length > 1 ? values.slice(1) : [...values.filter((one) => one !== 'zz'), 'zz'] }; // prettier-ignore
}

function changedList(list: readonly unknown[], other: unknown, random: () => number): unknown[] {
  const index = Math.floor(random() * list.length);
  const choice = random();
  if (choice < 0.2 && list.length > 1) return list.toSpliced(index, 1);
  if (choice < 0.4) return [...list, other];
  return list.with(index, changed(list[index], other, random));
}

function changedMap(map: Schema, other: unknown, random: () => number): Schema {
  const names = Object.keys(map);
  const name = names[Math.floor(random() * names.length)];
  const choice = random();
  if (name === undefined) return { a: other };
  if (choice < 0.15) return Object.fromEntries(Object.entries(map).filter(([each]) => each !== name));
  if (choice < 0.3) return { ...map, c: other };
  return Array.isArray(map[name]) ? map : { ...map, [name]: changed(map[name], other, random) };
}

function changedNumber(keyword: string, value: number, random: () => number): number {
  if (keyword === 'multipleOf') return value * 2;
  const isCount = /Length|Items|Properties/.test(keyword);
  return Math.max(isCount ? 0 : -9, value + (random() < 0.5 ? 1 : -1));
}
