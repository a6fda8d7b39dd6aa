/** Pairs of payloads: what the gate must decide if the service receives them, and if it sends them. */
import { object } from './documents.ts';
import type { Json } from './documents.ts';

/** breaking, safe, or safe and an addition that asks for a minor version. */
type Expected = 'breaking' | 'safe';

export type SchemaPair = readonly [name: string, before: unknown, after: unknown, receive: Expected, send: Expected];

const kinds = (count: number) => Array.from({ length: count }, (_none, index) => String(index));
const kindFields = (count: number) => Object.fromEntries(kinds(count).map((kind) => [`field${kind}`, {}]));
const chain = (count: number) =>
  object({ kind: { enum: kinds(count) }, ...kindFields(count) }, ['kind'], {
    allOf: kinds(count).map((kind) => ({
      if: { properties: { kind: { const: kind } } },
      then: { required: [`field${kind}`] },
    })),
  });
const alternatives = (count: number) => ({
  oneOf: kinds(count).map((kind) => object({ ...kindFields(count), kind: { const: kind } }, ['kind', `field${kind}`])),
});

const objects = (count: number) => Array.from({ length: count }, (_none, index) => ({ a: index }));

export const choice = (count: number, change: Json = {}) => ({
  oneOf: kinds(count).map((kind) =>
    object({ kind: { const: kind }, v: { type: 'string' }, ...(kind === '7' ? change : {}) }, ['kind']),
  ),
});

/** Alternatives that only the field which they require distinguishes. */
export const keyed = (count: number, change: Json = {}) => ({
  oneOf: kinds(count).map((kind) =>
    object({ [`field${kind}`]: { type: 'string' }, v: { type: 'string' }, ...(kind === '7' ? change : {}) }, [
      `field${kind}`,
    ]),
  ),
});
const listOf = (items: Json): Json => ({ type: 'array', items });
const mapOf = (values: Json): Json => ({ type: 'object', additionalProperties: values });
const short = { v: { type: 'string', maxLength: 3 } };

/** Pairs of one optional field. */
export const FIELD_PAIRS: readonly SchemaPair[] = [
  ['the same text', { type: 'string' }, { type: 'string' }, 'safe', 'safe'],
  ['another title', { type: 'string', title: 'A' }, { type: 'string', title: 'B', description: 'c', examples: ['x'], default: 'y' }, 'safe', 'safe'], // prettier-ignore
  ['text to number', { type: 'string' }, { type: 'number' }, 'breaking', 'breaking'],
  ['integer to number', { type: 'integer' }, { type: 'number' }, 'safe', 'breaking'],
  ['number to integer', { type: 'number' }, { type: 'integer' }, 'breaking', 'safe'],
  ['null allowed', { type: 'string' }, { type: ['string', 'null'] }, 'safe', 'breaking'],
  ['null not allowed', { type: ['string', 'null'] }, { type: 'string' }, 'breaking', 'safe'],
  ['order of types', { type: ['string', 'null'] }, { type: ['null', 'string'] }, 'safe', 'safe'],
  ['type dropped', { type: 'string' }, {}, 'safe', 'breaking'],
  ['type added', {}, { type: 'string' }, 'breaking', 'safe'],
  ['another const', { const: 'a' }, { const: 'b' }, 'breaking', 'breaking'],
  ['const to enum with it', { const: 'a' }, { enum: ['a', 'b'] }, 'safe', 'breaking'],
  ['const to enum of one', { type: 'string', const: 'a' }, { type: 'string', enum: ['a'] }, 'safe', 'safe'],
  ['const to text', { const: 'a' }, { type: 'string' }, 'safe', 'breaking'],
  ['text to const', { type: 'string' }, { type: 'string', const: 'a' }, 'breaking', 'safe'],
  ['const of a type that it has', { const: 'a' }, { type: 'string', const: 'a' }, 'safe', 'safe'],
  ['enum gets a value', { enum: ['a', 'b'] }, { enum: ['a', 'b', 'c'] }, 'safe', 'breaking'],
  ['enum loses a value', { enum: ['a', 'b', 'c'] }, { enum: ['a', 'b'] }, 'breaking', 'safe'],
  ['enum in another order', { enum: ['a', 'b'] }, { enum: ['b', 'a'] }, 'safe', 'safe'],
  ['open enum gets a value', { enum: ['a'], 'x-open-enum': true }, { enum: ['a', 'b'], 'x-open-enum': true }, 'safe', 'safe'], // prettier-ignore
  ['open enum loses a value', { enum: ['a', 'b'], 'x-open-enum': true }, { enum: ['a'], 'x-open-enum': true }, 'breaking', 'safe'], // prettier-ignore
  ['enum written as alternatives', { type: 'string', enum: ['a', 'b'] }, { oneOf: [{ const: 'a', description: 'A' }, { const: 'b', description: 'B' }] }, 'safe', 'safe'], // prettier-ignore
  ['a value less next to alternatives of constants', { enum: ['a', 'b'], oneOf: [{ const: 'a' }, { const: 'b' }] }, { enum: ['a'], oneOf: [{ const: 'a' }, { const: 'b' }] }, 'breaking', 'safe'], // prettier-ignore
  ['a constant that is an alternative twice', { oneOf: [{ const: 'a' }, { const: 'b' }] }, { oneOf: [{ const: 'a' }, { const: 'b' }, { const: 'b' }] }, 'breaking', 'safe'], // prettier-ignore
  ['an alternative of a type that its constant does not have', { oneOf: [{ const: 'a' }, { const: 'b' }] }, { oneOf: [{ const: 'a' }, { const: 'b', type: 'integer' }] }, 'breaking', 'safe'], // prettier-ignore
  ['an alternative that is there twice', { oneOf: [{ type: 'string' }, { type: 'integer' }] }, { oneOf: [{ type: 'string' }, { type: 'integer' }, { type: 'integer' }] }, 'breaking', 'safe'], // prettier-ignore
  ['a constant with the name of a keyword and another order', { const: { type: ['a', 'b'] } }, { const: { type: ['b', 'a'] } }, 'breaking', 'breaking'], // prettier-ignore
  ['a constant with its fields in another order', { const: { a: 1, b: { c: 2, d: 3 } } }, { const: { b: { d: 3, c: 2 }, a: 1 } }, 'safe', 'safe'], // prettier-ignore
  ['booleans as an enum', { type: 'boolean' }, { enum: [true, false] }, 'safe', 'safe'],
  ['small range as an enum', { type: 'integer', minimum: 0, maximum: 3 }, { enum: [0, 1, 2, 3] }, 'safe', 'safe'],
  ['minimum raised', { type: 'integer', minimum: 0 }, { type: 'integer', minimum: 1 }, 'breaking', 'safe'],
  ['minimum lowered', { type: 'integer', minimum: 1 }, { type: 'integer', minimum: 0 }, 'safe', 'breaking'],
  ['maximum raised', { type: 'number', maximum: 5 }, { type: 'number', maximum: 6 }, 'safe', 'breaking'],
  ['maximum lowered', { type: 'number', maximum: 5 }, { type: 'number', maximum: 4.5 }, 'breaking', 'safe'],
  ['maximum added', { type: 'integer' }, { type: 'integer', maximum: 10 }, 'breaking', 'safe'],
  ['exclusive bound of integers', { type: 'integer', minimum: 1 }, { type: 'integer', exclusiveMinimum: 0 }, 'safe', 'safe'], // prettier-ignore
  ['exclusive bound of numbers', { type: 'number', minimum: 1 }, { type: 'number', exclusiveMinimum: 1 }, 'breaking', 'safe'], // prettier-ignore
  [
    'fraction as a bound of integers',
    { type: 'integer', maximum: 4 },
    { type: 'integer', maximum: 4.5 },
    'safe',
    'safe',
  ],
  ['bounds of texts', { type: 'string', minimum: 1 }, { type: 'string', minimum: 5 }, 'safe', 'safe'],
  [
    'multiples of a multiple',
    { type: 'integer', multipleOf: 4 },
    { type: 'integer', multipleOf: 2 },
    'safe',
    'breaking',
  ],
  ['multiples of one', { type: 'integer' }, { type: 'integer', multipleOf: 1 }, 'safe', 'safe'],
  ['a bound that is no multiple', { type: 'integer', multipleOf: 5, minimum: 1, maximum: 99 }, { type: 'integer', multipleOf: 5, minimum: 5, maximum: 95 }, 'safe', 'safe'], // prettier-ignore
  ['a bound that is refused', { type: 'integer', minimum: 0, not: { const: 0 } }, { type: 'integer', minimum: 1 }, 'safe', 'safe'], // prettier-ignore
  ['multiples added', { type: 'integer' }, { type: 'integer', multipleOf: 5 }, 'breaking', 'safe'],
  ['integers as multiples of one', { type: 'integer' }, { type: 'number', multipleOf: 1 }, 'safe', 'safe'],
  ['format of integers narrowed', { type: 'integer', format: 'int32' }, { type: 'integer', format: 'int16' }, 'breaking', 'safe'], // prettier-ignore
  ['format of integers as bounds', { type: 'integer', format: 'uint8' }, { type: 'integer', minimum: 0, maximum: 255 }, 'safe', 'safe'], // prettier-ignore
  ['not an integer', { not: { type: 'integer' } }, { not: { type: 'number', multipleOf: 1 } }, 'safe', 'safe'],
  ['uint64 added', { type: 'integer' }, { type: 'integer', format: 'uint64' }, 'breaking', 'safe'],
  [
    'URI as a reference',
    { type: 'string', format: 'uri' },
    { type: 'string', format: 'uri-reference' },
    'safe',
    'breaking',
  ],
  ['exactly one alternative', { anyOf: [{ type: 'integer' }, { type: 'number' }] }, { oneOf: [{ type: 'integer' }, { type: 'number' }] }, 'breaking', 'safe'], // prettier-ignore
  ['several alternatives', { oneOf: [{ type: 'integer' }, { type: 'number' }] }, { anyOf: [{ type: 'integer' }, { type: 'number' }] }, 'safe', 'breaking'], // prettier-ignore
  ['an alternative that is like another one with an unknown field', { oneOf: [object({ a: {} }, ['a']), object({ b: {} }, ['b'])] }, { oneOf: [object({ a: {}, c: {} }, ['a']), object({ b: {}, c: {} }, ['b'])] }, 'safe', 'safe'], // prettier-ignore
  ['int64 is a note', { type: 'integer' }, { type: 'integer', format: 'int64' }, 'safe', 'safe'],
  ['format of text added', { type: 'string' }, { type: 'string', format: 'uuid' }, 'breaking', 'safe'],
  ['a pattern with the shape of a time', { type: 'string', pattern: '^[0-2]\\d:[0-5]\\d:[0-5]\\dZ$' }, { type: 'string', format: 'time' }, 'breaking', 'breaking'], // prettier-ignore
  ['a pattern of dates that all exist', { type: 'string', pattern: '^20\\d\\d-0[1-9]-1\\d$' }, { type: 'string', format: 'date' }, 'safe', 'breaking'], // prettier-ignore
  ['a pattern of days that not all months have', { type: 'string', pattern: '^20\\d\\d-0[1-9]-[123]0$' }, { type: 'string', format: 'date' }, 'breaking', 'breaking'], // prettier-ignore
  ['base64 of a pattern', { type: 'string', pattern: '^[A-Z]{4}$' }, { type: 'string', format: 'byte' }, 'safe', 'breaking'], // prettier-ignore
  ['names that are texts', { type: 'object', propertyNames: { type: 'string' }, additionalProperties: { type: 'string' } }, { type: 'object', additionalProperties: { type: 'string' } }, 'safe', 'safe'], // prettier-ignore
  ['the first item contained', { type: 'array', items: [{ const: 'h' }], minItems: 1 }, { type: 'array', contains: { const: 'h' } }, 'safe', 'breaking'], // prettier-ignore
  ['items of positions that differ anyway', { type: 'array', items: [{ type: 'string' }, { type: 'integer' }], additionalItems: false }, { type: 'array', items: [{ type: 'string' }, { type: 'integer' }], additionalItems: false, uniqueItems: true }, 'safe', 'safe'], // prettier-ignore
  ['items of positions that may be equal', { type: 'array', items: [{ type: 'number' }, { type: 'integer' }], additionalItems: false }, { type: 'array', items: [{ type: 'number' }, { type: 'integer' }], additionalItems: false, uniqueItems: true }, 'breaking', 'safe'], // prettier-ignore
  ['a condition turned around', { ...object({ kind: { enum: ['home', 'abroad'] } }, ['kind']), if: { properties: { kind: { const: 'home' } } }, then: { required: ['zip'] }, else: { required: ['country'] } }, { ...object({ kind: { enum: ['home', 'abroad'] } }, ['kind']), if: { properties: { kind: { const: 'abroad' } } }, then: { required: ['country'] }, else: { required: ['zip'] } }, 'safe', 'safe'], // prettier-ignore
  ['a constant list by its items', { const: [1, 2] }, { type: 'array', items: [{ const: 1 }, { const: 2 }], minItems: 2, additionalItems: false }, 'safe', 'safe'], // prettier-ignore
  ['a constant list by items of which one may lack', { type: 'array', items: [{ const: 1 }, { const: 2 }], minItems: 1, additionalItems: false }, { const: [1, 2] }, 'breaking', 'safe'], // prettier-ignore
  ['a constant object by its fields', { const: { kind: 'box', size: 2 } }, { type: 'object', properties: { kind: { const: 'box' }, size: { const: 2 } }, required: ['kind', 'size'], additionalProperties: false }, 'safe', 'safe'], // prettier-ignore
  ['integers that are multiples of a fraction', { type: 'integer', multipleOf: 2.5 }, { type: 'integer', multipleOf: 5 }, 'safe', 'safe'], // prettier-ignore
  ['bounds of one number', { type: 'number', minimum: 5.5, maximum: 5.5 }, { const: 5.5 }, 'safe', 'safe'],
  ['bounds of one integer as a number', { type: 'number', minimum: 5, maximum: 5 }, { const: 5 }, 'safe', 'safe'],
  ['a rule or its negation', { type: 'integer' }, { type: 'integer', anyOf: [{ multipleOf: 2 }, { not: { multipleOf: 2 } }] }, 'safe', 'safe'], // prettier-ignore
  ['as many fields as there are', { type: 'object', properties: { a: {}, b: {} }, additionalProperties: false, minProperties: 2 }, { type: 'object', properties: { a: {}, b: {} }, additionalProperties: false, required: ['a', 'b'] }, 'safe', 'safe'], // prettier-ignore
  ['fewer fields than there are', { type: 'object', properties: { a: {}, b: {} }, additionalProperties: false, minProperties: 1 }, { type: 'object', properties: { a: {}, b: {} }, additionalProperties: false, required: ['a', 'b'] }, 'breaking', 'safe'], // prettier-ignore
  ['dates with times, none of which is longer by one', { type: 'string', format: 'date-time' }, { type: 'string', format: 'date-time', maxLength: 20 }, 'breaking', 'safe'], // prettier-ignore
  ['format that is a note', { type: 'string' }, { type: 'string', format: 'password' }, 'safe', 'safe'],
  ['unknown format', { type: 'string' }, { type: 'string', format: 'sku' }, 'safe', 'safe'],
  [
    'another format',
    { type: 'string', format: 'date' },
    { type: 'string', format: 'date-time' },
    'breaking',
    'breaking',
  ],
  ['pattern added', { type: 'string' }, { type: 'string', pattern: '^[a-z]+$' }, 'breaking', 'safe'],
  ['pattern that matches the same', { type: 'string', pattern: '^[0-9]+$' }, { type: 'string', pattern: '^\\d\\d*$' }, 'safe', 'safe'], // prettier-ignore
  ['pattern that matches more', { type: 'string', pattern: '^[a-c]{2}$' }, { type: 'string', pattern: '^[a-d]{2,3}$' }, 'safe', 'breaking'], // prettier-ignore
  ['pattern that matches less', { type: 'string', pattern: '^[a-d]+$' }, { type: 'string', pattern: '^[a-c]+$' }, 'breaking', 'safe'], // prettier-ignore
  ['pattern without meaning', { type: 'string' }, { type: 'string', pattern: '.*' }, 'safe', 'safe'],
  ['uuid as a pattern', { type: 'string', format: 'uuid' }, { type: 'string', pattern: '^[0-9a-fA-F-]{36}$' }, 'safe', 'breaking'], // prettier-ignore
  [
    'length as a pattern',
    { type: 'string', pattern: '^.{1,5}$' },
    { type: 'string', minLength: 1 },
    'safe',
    'breaking',
  ],
  ['length raised', { type: 'string', maxLength: 5 }, { type: 'string', maxLength: 8 }, 'safe', 'breaking'],
  ['length lowered', { type: 'string', maxLength: 8 }, { type: 'string', maxLength: 5 }, 'breaking', 'safe'],
  ['empty text forbidden', { type: 'string' }, { type: 'string', minLength: 1 }, 'breaking', 'safe'],
  ['length that a pattern implies', { type: 'string', pattern: '^[a-z]{3}$' }, { type: 'string', pattern: '^[a-z]{3}$', minLength: 3, maxLength: 3 }, 'safe', 'safe'], // prettier-ignore
  ['length zero', { type: 'string' }, { type: 'string', minLength: 0 }, 'safe', 'safe'],
  ['items of another type', { type: 'array', items: { type: 'integer' } }, { type: 'array', items: { type: 'string' } }, 'breaking', 'breaking'], // prettier-ignore
  ['items widened', { type: 'array', items: { type: 'integer', maximum: 5 } }, { type: 'array', items: { type: 'integer', maximum: 6 } }, 'safe', 'breaking'], // prettier-ignore
  ['items of a list that is always empty', { type: 'array', maxItems: 0, items: { type: 'integer' } }, { type: 'array', maxItems: 0, items: { type: 'string' } }, 'safe', 'safe'], // prettier-ignore
  ['longer list of different objects', { ...listOf(object({})), uniqueItems: true, maxItems: 10 }, { ...listOf(object({})), uniqueItems: true, maxItems: 40 }, 'safe', 'breaking'], // prettier-ignore
  ['longer list', { type: 'array', maxItems: 3 }, { type: 'array', maxItems: 4 }, 'safe', 'breaking'],
  ['list that may not be empty', { type: 'array' }, { type: 'array', minItems: 1 }, 'breaking', 'safe'],
  ['as many items as there are different ones', { type: 'array', items: { enum: ['a', 'b'] }, uniqueItems: true }, { type: 'array', items: { enum: ['a', 'b'] }, uniqueItems: true, maxItems: 2 }, 'safe', 'safe'], // prettier-ignore
  ['longer lists of different items', { type: 'array', items: { type: 'integer', minimum: 7 }, uniqueItems: true, maxItems: 300 }, { type: 'array', items: { type: 'integer', minimum: 7 }, uniqueItems: true, maxItems: 256 }, 'breaking', 'safe'], // prettier-ignore
  ['an empty list as a constant', { const: [] }, { type: 'array', maxItems: 0 }, 'safe', 'safe'],
  ['unique items', { type: 'array', items: { type: 'integer' } }, { type: 'array', items: { type: 'integer' }, uniqueItems: true }, 'breaking', 'safe'], // prettier-ignore
  [
    'unique items of one',
    { type: 'array', maxItems: 1 },
    { type: 'array', maxItems: 1, uniqueItems: true },
    'safe',
    'safe',
  ],
  ['contains added', { type: 'array', items: { type: 'integer' } }, { type: 'array', items: { type: 'integer' }, contains: { const: 1 } }, 'breaking', 'safe'], // prettier-ignore
  ['contains that all items are', { type: 'array', minItems: 1, items: { const: 1 } }, { type: 'array', minItems: 1, items: { const: 1 }, contains: { const: 1 } }, 'safe', 'safe'], // prettier-ignore
  ['position with another type', { type: 'array', items: [{ type: 'string' }, { type: 'integer' }] }, { type: 'array', items: [{ type: 'string' }, { type: 'string' }] }, 'breaking', 'breaking'], // prettier-ignore
  ['position added', { type: 'array', items: [{ type: 'string' }], additionalItems: false }, { type: 'array', items: [{ type: 'string' }, { type: 'integer' }], additionalItems: false }, 'safe', 'breaking'], // prettier-ignore
  ['positions closed', { type: 'array', items: [{ type: 'string' }] }, { type: 'array', items: [{ type: 'string' }], additionalItems: false }, 'breaking', 'safe'], // prettier-ignore
  ['inner field added', object({}), object({ a: { type: 'string' } }), 'safe', 'safe'],
  [
    'inner field required',
    object({ a: { type: 'string' } }),
    object({ a: { type: 'string' } }, ['a']),
    'breaking',
    'safe',
  ],
  [
    'inner field optional',
    object({ a: { type: 'string' } }, ['a']),
    object({ a: { type: 'string' } }),
    'safe',
    'breaking',
  ],
  ['inner field removed', object({ a: { type: 'string' } }), object({}), 'safe', 'safe'],
  ['inner required field removed', object({ a: { type: 'string' } }, ['a']), object({}), 'safe', 'breaking'],
  ['inner field with another type', object({ a: { type: 'string' } }), object({ a: { type: 'integer' } }), 'breaking', 'breaking'], // prettier-ignore
  ['inner field required without a schema', object({}), object({}, ['b']), 'breaking', 'safe'],
  ['a field next to one that is only required', { type: 'object', required: ['a'], properties: { n: { type: 'integer' } } }, { type: 'object', required: ['a'], properties: { n: { type: 'string' } } }, 'breaking', 'breaking'], // prettier-ignore
  ['a closed object that requires a field which it forbids', { type: 'object', required: ['a'], additionalProperties: false }, { not: {} }, 'safe', 'safe'], // prettier-ignore
  ['a map that requires a name', { type: 'object', required: ['a'], additionalProperties: { type: 'integer' } }, { type: 'object', required: ['a'], properties: { a: { type: 'integer' } }, additionalProperties: { type: 'integer' } }, 'safe', 'safe'], // prettier-ignore
  ['a field next to one that another needs', { type: 'object', required: ['n'], properties: { n: { type: 'integer' } }, dependencies: { n: ['a'] } }, { type: 'object', required: ['n'], properties: { n: { type: 'string' } }, dependencies: { n: ['a'] } }, 'breaking', 'breaking'], // prettier-ignore
  ['inner fields closed', object({}), object({}, [], { additionalProperties: false }), 'breaking', 'safe'],
  ['a type of other fields', object({}), object({}, [], { additionalProperties: { type: 'string' } }), 'breaking', 'safe'], // prettier-ignore
  ['a type of other fields by a pattern', object({}), object({}, [], { patternProperties: { '^': { type: 'string' } } }), 'breaking', 'safe'], // prettier-ignore
  ['a form of all names', object({}), object({}, [], { propertyNames: { pattern: '^[a-z]+$' } }), 'breaking', 'safe'],
  ['a maximum of fields', object({}), object({}, [], { maxProperties: 3 }), 'breaking', 'safe'],
  ['the names of a pattern as fields', { type: 'object', patternProperties: { '^(a|b)$': { type: 'string' } }, additionalProperties: false }, { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } }, additionalProperties: false }, 'safe', 'safe'], // prettier-ignore
  ['a pattern that every name matches', { type: 'object', patternProperties: { '': { type: 'integer' } } }, { type: 'object', additionalProperties: { type: 'integer' } }, 'safe', 'safe'], // prettier-ignore
  ['another type of the third item only', { type: 'array', items: { type: 'number' } }, { type: 'array', items: [{ type: 'number' }, { type: 'number' }, { type: 'integer' }], additionalItems: { type: 'number' } }, 'breaking', 'safe'], // prettier-ignore
  ['a range as two', { type: 'integer' }, { oneOf: [{ type: 'integer', maximum: 9 }, { type: 'integer', minimum: 10 }] }, 'safe', 'safe'], // prettier-ignore
  ['a range as two with a gap', { type: 'integer' }, { oneOf: [{ type: 'integer', maximum: 9 }, { type: 'integer', minimum: 11 }] }, 'breaking', 'safe'], // prettier-ignore
  ['texts as short and long ones', { type: 'string' }, { oneOf: [{ type: 'string', maxLength: 9 }, { type: 'string', minLength: 10 }] }, 'safe', 'safe'], // prettier-ignore
  ['objects by the range of a field', object({ n: { type: 'integer' } }, ['n']), { oneOf: [object({ n: { type: 'integer', maximum: 9 } }, ['n']), object({ n: { type: 'integer', minimum: 10 } }, ['n'])] }, 'safe', 'safe'], // prettier-ignore
  ['objects by the length of a field', object({ n: { type: 'string' } }, ['n']), { oneOf: [object({ n: { type: 'string', maxLength: 9 } }, ['n']), object({ n: { type: 'string', minLength: 10 } }, ['n'])] }, 'safe', 'safe'], // prettier-ignore
  ['objects by ranges of a field that overlap', object({ n: { type: 'integer' } }, ['n']), { oneOf: [object({ n: { type: 'integer', maximum: 10 } }, ['n']), object({ n: { type: 'integer', minimum: 10 } }, ['n'])] }, 'breaking', 'safe'], // prettier-ignore
  ['a map with other values', mapOf({ type: 'integer' }), mapOf({ type: 'string' }), 'breaking', 'breaking'],
  ['a map whose values get an optional field', mapOf(object({})), mapOf(object({ n: { type: 'integer', minimum: 1 } })), 'safe', 'safe'], // prettier-ignore
  ['a map with more values', mapOf({ type: 'integer' }), mapOf({ type: 'number' }), 'safe', 'breaking'],
  ['one of many kinds in a list is narrower', listOf(choice(20)), listOf(choice(20, short)), 'breaking', 'safe'],
  ['one of many kinds in a map is narrower', mapOf(choice(20)), mapOf(choice(20, short)), 'breaking', 'safe'],
  ['one of many keyed kinds in a list is narrower', listOf(keyed(12)), listOf(keyed(12, short)), 'breaking', 'safe'],
  ['an open object gets closed', object({}, [], { additionalProperties: true }), object({}, [], { additionalProperties: false }), 'breaking', 'safe'], // prettier-ignore
  ['an open object gets a typed field', object({}, [], { additionalProperties: true }), object({ a: { type: 'string' } }, [], { additionalProperties: true }), 'breaking', 'safe'], // prettier-ignore
  ['pattern of names with other values', { type: 'object', patternProperties: { '^x-': { type: 'string' } } }, { type: 'object', patternProperties: { '^x-': { type: 'integer' } } }, 'breaking', 'breaking'], // prettier-ignore
  ['names that no field has', { type: 'object', propertyNames: { type: 'integer' } }, { type: 'object', maxProperties: 0 }, 'safe', 'safe'], // prettier-ignore
  ['no names', { type: 'object', propertyNames: false }, { const: {} }, 'safe', 'safe'],
  ['names limited', { type: 'object', additionalProperties: { type: 'integer' } }, { type: 'object', additionalProperties: { type: 'integer' }, propertyNames: { pattern: '^[a-z]+$' } }, 'breaking', 'safe'], // prettier-ignore
  ['fewer fields', { type: 'object', additionalProperties: { type: 'integer' }, maxProperties: 5 }, { type: 'object', additionalProperties: { type: 'integer' }, maxProperties: 3 }, 'breaking', 'safe'], // prettier-ignore
  ['more fields', { type: 'object', additionalProperties: { type: 'integer' }, maxProperties: 3 }, { type: 'object', additionalProperties: { type: 'integer' }, maxProperties: 5 }, 'safe', 'breaking'], // prettier-ignore
  ['at least one field', { type: 'object', additionalProperties: { type: 'integer' } }, { type: 'object', additionalProperties: { type: 'integer' }, minProperties: 1 }, 'breaking', 'safe'], // prettier-ignore
  ['dependency added', object({ a: {}, b: {} }), object({ a: {}, b: {} }, [], { dependencies: { a: ['b'] } }), 'breaking', 'safe'], // prettier-ignore
  ['dependency on a required field', object({ a: {} }), object({ a: {} }, [], { dependencies: { a: ['id'] } }), 'safe', 'safe'], // prettier-ignore
  ['an alternative added', { anyOf: [{ type: 'string' }] }, { anyOf: [{ type: 'string' }, { type: 'integer' }] }, 'safe', 'breaking'], // prettier-ignore
  ['an alternative removed', { anyOf: [{ type: 'string' }, { type: 'integer' }] }, { anyOf: [{ type: 'string' }] }, 'breaking', 'safe'], // prettier-ignore
  ['alternatives in another order', { oneOf: [{ type: 'string' }, { type: 'integer' }] }, { oneOf: [{ type: 'integer' }, { type: 'string' }] }, 'safe', 'safe'], // prettier-ignore
  ['alternatives as types', { anyOf: [{ type: 'string' }, { type: 'null' }] }, { type: ['string', 'null'] }, 'safe', 'safe'], // prettier-ignore
  ['alternatives that exclude each other', { anyOf: [{ type: 'string' }, { type: 'integer' }] }, { oneOf: [{ type: 'string' }, { type: 'integer' }] }, 'safe', 'safe'], // prettier-ignore
  ['alternatives that overlap', { anyOf: [{ type: 'integer' }, { type: 'number' }] }, { oneOf: [{ type: 'integer' }, { type: 'number' }] }, 'breaking', 'safe'], // prettier-ignore
  ['an alternative with a discriminating constant', { oneOf: [object({ k: { const: 'a' } }, ['k'])] }, { oneOf: [object({ k: { const: 'a' } }, ['k']), object({ k: { const: 'b' }, n: { type: 'integer' } }, ['k', 'n'])] }, 'safe', 'breaking'], // prettier-ignore
  ['a field in an alternative', { oneOf: [object({ k: { const: 'a' } }, ['k']), object({ k: { const: 'b' } }, ['k'])] }, { oneOf: [object({ k: { const: 'a' }, n: { type: 'integer' } }, ['k', 'n']), object({ k: { const: 'b' } }, ['k'])] }, 'breaking', 'safe'], // prettier-ignore
  ['a range split in two', { type: 'integer', minimum: 0, maximum: 10 }, { anyOf: [{ type: 'integer', minimum: 0, maximum: 5 }, { type: 'integer', minimum: 6, maximum: 10 }] }, 'safe', 'safe'], // prettier-ignore
  ['a range split with a gap', { type: 'integer', minimum: 0, maximum: 100 }, { anyOf: [{ type: 'integer', minimum: 0, maximum: 49 }, { type: 'integer', minimum: 51, maximum: 100 }] }, 'breaking', 'safe'], // prettier-ignore
  ['parts merged', { allOf: [{ type: 'integer', minimum: 1 }, { maximum: 5 }] }, { type: 'integer', minimum: 1, maximum: 5 }, 'safe', 'safe'], // prettier-ignore
  [
    'a part added',
    { allOf: [{ type: 'integer' }] },
    { allOf: [{ type: 'integer' }, { minimum: 1 }] },
    'breaking',
    'safe',
  ],
  [
    'a part removed',
    { allOf: [{ type: 'integer' }, { minimum: 1 }] },
    { allOf: [{ type: 'integer' }] },
    'safe',
    'breaking',
  ],
  ['fields taken from parts', { allOf: [object({ a: { type: 'string' } }), object({ b: { type: 'string' } })] }, object({ a: { type: 'string' }, b: { type: 'string' } }), 'safe', 'safe'], // prettier-ignore
  ['a required field in a part', { allOf: [object({ a: { type: 'string' } })] }, { allOf: [object({ a: { type: 'string' } }), { required: ['a'] }] }, 'breaking', 'safe'], // prettier-ignore
  ['a value excluded', { type: 'integer' }, { type: 'integer', not: { const: 13 } }, 'breaking', 'safe'],
  ['an excluded value allowed', { type: 'integer', not: { const: 13 } }, { type: 'integer' }, 'safe', 'breaking'],
  ['a value excluded that was not possible', { type: 'integer', minimum: 1 }, { type: 'integer', minimum: 1, not: { const: 0 } }, 'safe', 'safe'], // prettier-ignore
  ['a wider exclusion', { type: 'string', not: { pattern: '^x' } }, { type: 'string', not: { pattern: '^[xy]' } }, 'breaking', 'safe'], // prettier-ignore
  ['a condition added', object({ a: { type: 'string' }, b: {} }), object({ a: { type: 'string' }, b: {} }, [], { if: { required: ['a'], properties: { a: { const: 'x' } } }, then: { required: ['b'] } }), 'breaking', 'safe'], // prettier-ignore
  ['a condition that always holds', { type: 'integer', minimum: 5 }, { type: 'integer', minimum: 5, if: { minimum: 1 }, then: { minimum: 2 } }, 'safe', 'safe'], // prettier-ignore
  ['a condition that never holds', { type: 'integer', minimum: 5 }, { type: 'integer', minimum: 5, if: { maximum: 1 }, then: false }, 'safe', 'safe'], // prettier-ignore
  ['a condition on one of two sides', { type: 'integer' }, { type: 'integer', if: { minimum: 10 }, then: {}, else: { minimum: 5 } }, 'breaking', 'safe'], // prettier-ignore
  ['a condition with wider consequences', { if: { type: 'integer' }, then: { minimum: 2 } }, { if: { type: 'integer' }, then: { minimum: 1 } }, 'safe', 'breaking'], // prettier-ignore
  ['a pattern as a list of what matches', { type: 'string', pattern: '^v[1-3]$' }, { type: 'string', enum: ['v1', 'v2', 'v3'] }, 'safe', 'safe'], // prettier-ignore
  ['a pattern as a list that lacks a text', { type: 'string', pattern: '^v[1-4]$' }, { type: 'string', enum: ['v1', 'v2', 'v3'] }, 'breaking', 'safe'], // prettier-ignore
  ['a pattern as a constant', { type: 'string', pattern: '^[A-Z]1$' }, { type: 'string', const: 'A1' }, 'breaking', 'safe'], // prettier-ignore
  ['a list with characters of expressions', { type: 'string', pattern: '^a[.*]/$' }, { type: 'string', enum: ['a./', 'a*/'] }, 'safe', 'safe'], // prettier-ignore
  ['a pattern without listed texts', { type: 'string', pattern: '^[ab]$', not: { enum: ['b'] } }, { type: 'string', const: 'a' }, 'safe', 'safe'], // prettier-ignore
  ['patterns of alternatives as one', { type: 'string', pattern: '^([a-f]+|[g-z])$' }, { type: 'string', anyOf: [{ pattern: '^[a-f]+$' }, { pattern: '^[f-z]$' }] }, 'safe', 'safe'], // prettier-ignore
  ['patterns of alternatives that lack a text', { type: 'string', pattern: '^([a-f]+|[g-z])$' }, { type: 'string', anyOf: [{ pattern: '^[a-f]+$' }, { pattern: '^[h-z]$' }] }, 'breaking', 'safe'], // prettier-ignore
  ['a lookahead within a pattern added', { type: 'string', pattern: '^00-[0-9a-f]{16}-0[01]$' }, { type: 'string', pattern: '^00-(?!0{16})[0-9a-f]{16}-0[01]$' }, 'breaking', 'safe'], // prettier-ignore
  ['a lookahead written otherwise', { type: 'string', pattern: '^00-(?!0{4}-)[0-9a-f]{4}-0[01]$' }, { type: 'string', pattern: '^00-(?!0000)[0-9a-f]{4}-0[01]$' }, 'safe', 'safe'], // prettier-ignore
  ['names of a list lost', { type: 'object', additionalProperties: { type: 'integer' }, propertyNames: { enum: ['de', 'en', 'fr'] } }, { type: 'object', additionalProperties: { type: 'integer' }, propertyNames: { enum: ['de', 'en'] } }, 'breaking', 'safe'], // prettier-ignore
  ['names of another pattern', { type: 'object', additionalProperties: { type: 'integer' }, propertyNames: { pattern: '^[a-z0-9]+$' } }, { type: 'object', additionalProperties: { type: 'integer' }, propertyNames: { pattern: '^[a-z]+$' } }, 'breaking', 'safe'], // prettier-ignore
  ['shorter names', { type: 'object', additionalProperties: { type: 'integer' }, propertyNames: { maxLength: 5 } }, { type: 'object', additionalProperties: { type: 'integer' }, propertyNames: { maxLength: 4 } }, 'breaking', 'safe'], // prettier-ignore
  ['names of a list as fields', { type: 'object', additionalProperties: { type: 'integer' }, propertyNames: { enum: ['de', 'en'] } }, { type: 'object', properties: { de: { type: 'integer' }, en: { type: 'integer' } }, additionalProperties: false }, 'safe', 'safe'], // prettier-ignore
  ['names of a list as fewer fields', { type: 'object', additionalProperties: { type: 'integer' }, propertyNames: { enum: ['de', 'en'] } }, { type: 'object', properties: { de: { type: 'integer' } }, additionalProperties: false }, 'breaking', 'safe'], // prettier-ignore
  ['a pattern of names that matches more', { type: 'object', patternProperties: { '^[a-z]+$': { maxLength: 3, type: 'string' } }, additionalProperties: true }, { type: 'object', patternProperties: { '^[a-z0-9]+$': { maxLength: 3, type: 'string' } }, additionalProperties: true }, 'breaking', 'safe'], // prettier-ignore
  ['a pattern of names that matches the same', { type: 'object', patternProperties: { '^[0-9]+$': { type: 'string' } } }, { type: 'object', patternProperties: { '^\\d+$': { type: 'string' } } }, 'safe', 'safe'], // prettier-ignore
  ['a long list that loses its last value', { enum: Array.from({ length: 200 }, (_none, index) => `v${String(index)}`) }, { enum: Array.from({ length: 199 }, (_none, index) => `v${String(index)}`) }, 'breaking', 'safe'], // prettier-ignore
  ['a long list of objects that loses its last value', { enum: objects(800) }, { enum: objects(799) }, 'breaking', 'safe'], // prettier-ignore
  ['a time as the name of a host', { type: 'string', format: 'date-time' }, { type: 'string', format: 'hostname' }, 'breaking', 'breaking'], // prettier-ignore
  ['a UUID as the name of a host', { type: 'string', format: 'uuid' }, { type: 'string', format: 'hostname' }, 'safe', 'breaking'], // prettier-ignore
  ['long texts of a pattern that backtracks', { type: 'string', minLength: 40 }, { type: 'string', minLength: 40, pattern: '^([a-z0-9]+)*@[a-z]+$' }, 'breaking', 'safe'], // prettier-ignore
  ['multiples of several numbers', { type: 'integer', allOf: [{ multipleOf: 4 }, { multipleOf: 6 }] }, { type: 'integer', multipleOf: 12 }, 'safe', 'safe'], // prettier-ignore
  ['multiples of more than several numbers', { type: 'integer', allOf: [{ multipleOf: 4 }, { multipleOf: 6 }] }, { type: 'integer', multipleOf: 24 }, 'breaking', 'safe'], // prettier-ignore
  ['integers as cents', { type: 'integer' }, { type: 'number', multipleOf: 0.01 }, 'safe', 'breaking'], // prettier-ignore
  ['integers as multiples of a fraction', { type: 'integer' }, { type: 'number', multipleOf: 0.03 }, 'breaking', 'breaking'], // prettier-ignore
  ['a chain of conditions as alternatives', chain(8), alternatives(8), 'safe', 'safe'],
  ['a chain of conditions as too few alternatives', chain(8), alternatives(7), 'breaking', 'safe'],
  ['a negated negation', { type: 'string', not: { not: { minLength: 3 } } }, { type: 'string', minLength: 3 }, 'safe', 'safe'], // prettier-ignore
  ['a negated negation of a longer text', { type: 'string', not: { not: { minLength: 3 } } }, { type: 'string', minLength: 4 }, 'breaking', 'safe'], // prettier-ignore
  ['a negated bound', { type: 'number', not: { minimum: 10 } }, { type: 'number', exclusiveMaximum: 10 }, 'safe', 'safe'], // prettier-ignore
  ['a negated bound that is lower', { type: 'number', exclusiveMaximum: 10 }, { type: 'number', not: { minimum: 9 } }, 'breaking', 'safe'], // prettier-ignore
  ['a negated bound of all types', { not: { minimum: 10 } }, { type: 'number', exclusiveMaximum: 10 }, 'safe', 'safe'], // prettier-ignore
  ['a negated length', { type: 'string', not: { maxLength: 2 } }, { type: 'string', minLength: 3 }, 'safe', 'safe'], // prettier-ignore
  ['a negated count', { type: 'array', not: { minItems: 1, maxItems: 1 } }, { type: 'array', anyOf: [{ maxItems: 0 }, { minItems: 2 }] }, 'safe', 'safe'], // prettier-ignore
  ['a negated count that lacks a length', { type: 'array', not: { minItems: 1, maxItems: 1 } }, { type: 'array', anyOf: [{ maxItems: 0 }, { minItems: 3 }] }, 'breaking', 'safe'], // prettier-ignore
  ['an item that no list contains', { type: 'array', not: { contains: { type: 'string' } } }, { type: 'array', items: { not: { type: 'string' } } }, 'safe', 'safe'], // prettier-ignore
  ['an item that a list contains', { type: 'array', items: { type: 'integer' }, not: { contains: { minimum: 5 } } }, { type: 'array', items: { type: 'integer', maximum: 3 } }, 'breaking', 'safe'], // prettier-ignore
  ['a negated type', { not: { type: ['string', 'null'] } }, { type: ['boolean', 'number', 'array', 'object'] }, 'safe', 'safe'], // prettier-ignore
  ['a field that must be missing', object({ a: { type: 'string' } }, [], { not: { required: ['a'] } }), object({ a: false }), 'safe', 'safe'], // prettier-ignore
  ['a field that must not be missing', object({ a: { type: 'string' } }, [], { not: { not: { required: ['a'] } } }), object({ a: { type: 'string' } }, ['a']), 'safe', 'safe'], // prettier-ignore
  ['a negated choice', { type: 'integer', not: { anyOf: [{ maximum: 0 }, { minimum: 10 }] } }, { type: 'integer', minimum: 1, maximum: 9 }, 'safe', 'safe'], // prettier-ignore
  ['a negated choice of fewer values', { type: 'integer', not: { anyOf: [{ maximum: 0 }, { minimum: 10 }] } }, { type: 'integer', minimum: 1, maximum: 8 }, 'breaking', 'safe'], // prettier-ignore
  ['a negated condition', { type: 'integer', not: { if: { minimum: 5 }, then: { maximum: 7 } } }, { type: 'integer', minimum: 8 }, 'safe', 'safe'], // prettier-ignore
  ['names of a pattern as one field', { type: 'object', patternProperties: { 'b$': { type: 'integer' } }, additionalProperties: false, propertyNames: { maxLength: 2 } }, { type: 'object', properties: { b: { type: 'integer' } }, additionalProperties: false }, 'breaking', 'safe'], // prettier-ignore
  ['names of two patterns', { type: 'object', patternProperties: { 'b$': { type: 'array' }, '^[bc]$': { type: 'integer' } } }, { type: 'object', patternProperties: { 'b$': { type: 'integer' } } }, 'breaking', 'breaking'], // prettier-ignore
];

const TREE: Json = { type: 'object', required: ['v'], properties: { v: { type: 'integer' }, kids: { type: 'array', items: { $ref: '#/components/schemas/Tree' } } } }; // prettier-ignore
const tree = (change: Json): Json => ({ ...TREE, ...change, properties: { ...(TREE['properties'] as Json), ...(change['properties'] as Json | undefined) } }); // prettier-ignore

export const TREE_PAIRS: readonly SchemaPair[] = [
  ['the same tree', tree({}), tree({}), 'safe', 'safe'],
  ['a field of the nodes added', tree({}), tree({ properties: { name: { type: 'string' } } }), 'safe', 'safe'],
  ['a value of the nodes narrowed', tree({}), tree({ properties: { v: { type: 'integer', maximum: 9 } } }), 'breaking', 'safe'], // prettier-ignore
  ['nodes with children only', tree({}), tree({ required: ['v', 'kids'] }), 'breaking', 'safe'],
];
