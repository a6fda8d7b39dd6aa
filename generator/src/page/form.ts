/** Describes the values of a schema in words. */
import type { Schema } from '../document.ts';

/** The keywords of JSON Schema that only the page reads. */
export interface PageSchema extends Schema {
  readonly minLength?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly contentEncoding?: string;
  readonly deprecated?: boolean;
}

/** Returns the type of the values with its bounds, for example `integer, 0 to 255`. Whether they may be null is left out. */
export function formOf(schema: PageSchema): string {
  const { format, contentEncoding, multipleOf, uniqueItems } = schema;
  const { minLength, maxLength, minItems, maxItems, minProperties, maxProperties } = schema;
  const types = typesOf(schema);
  const names = types.length === 0 ? 'any value' : types.map((type) => NAMES.get(type) ?? type).join(' or ');
  return [
    format === undefined ? names : `${names} (${format})`,
    numbersOf(schema),
    multipleOf === undefined ? '' : `a multiple of ${String(multipleOf)}`,
    range(minLength, maxLength, 'character'),
    range(minItems, maxItems, 'element'),
    uniqueItems === true ? 'each once' : '',
    range(minProperties, maxProperties, 'field'),
    contentEncoding === undefined ? '' : `in ${contentEncoding}`,
  ]
    .filter((phrase) => phrase !== '')
    .join(', ');
}

const NAMES: ReadonlyMap<string, string> = new Map([['array', 'list']]);

/** Returns the types of the values except null: those that the schema names, otherwise those that its keywords imply. */
function typesOf(schema: PageSchema): readonly string[] {
  const { type, const: constant, enum: values, properties, patternProperties, additionalProperties, items } = schema;
  const named = [type ?? []].flat().filter((one) => one !== 'null');
  // A schema with fields and none that is named is a map.
  const isMap =
    typeof additionalProperties === 'object' &&
    properties === undefined &&
    Object.keys(additionalProperties).length > 0;
  if (named.length > 0) return named.map((one) => (one === 'object' && isMap ? 'map' : one));
  if (type !== undefined) return ['null'];
  if (constant !== undefined) return [typeOf(constant)];
  if (values !== undefined) return [...new Set(values.filter((value) => value !== null).map(typeOf))];
  if (isMap) return ['map'];
  if (properties !== undefined || patternProperties !== undefined) return ['object'];
  return items === undefined ? [] : ['array'];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}

function numbersOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: PageSchema): string {
  const bounds = range(minimum, maximum);
  const above = exclusiveMinimum === undefined ? '' : `above ${String(exclusiveMinimum)}`;
  const below = exclusiveMaximum === undefined ? '' : `below ${String(exclusiveMaximum)}`;
  return [bounds, above, below].filter((phrase) => phrase !== '').join(', ');
}

/** @param unit what is counted; numbers themselves have none. */
function range(least: number | undefined, greatest: number | undefined, unit?: string): string {
  if (least === undefined && greatest === undefined) return '';
  const units = unit === undefined ? '' : ` ${unit}${(greatest ?? least) === 1 ? '' : 's'}`;
  if (least === greatest) return `exactly ${String(least)}${units}`;
  if (least === undefined) return `at most ${String(greatest)}${units}`;
  if (greatest === undefined) return `at least ${String(least)}${units}`;
  return `${String(least)} to ${String(greatest)}${units}`;
}

/** Returns whether null is among the values. */
export function isNullable({ type, enum: values, const: constant }: PageSchema): boolean {
  const isOnlyNull = type === 'null' || constant === null;
  return !isOnlyNull && ([type].flat().includes('null') || (values ?? []).includes(null));
}
