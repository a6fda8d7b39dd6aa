/** Writes down what a schema refuses as a schema: keyword by keyword, each for values of its type. */
import type { Linked, LinkedObject } from './linked.ts';

type Type = 'number' | 'string' | 'array' | 'object';

const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];
/** `oneOf` also refuses what several alternatives accept. */
const MAX_ALTERNATIVES = 3;

const negations = new WeakMap<object, Linked>();
const refused = new WeakMap<object, Linked>();

/** Returns a schema of the values that a schema does not accept. */
export function negationOf(schema: Linked): Linked {
  if (typeof schema === 'boolean') return !schema;
  if (schema.not !== undefined && Object.keys(schema).length === 1) return schema.not;
  let negation = negations.get(schema);
  if (negation === undefined) {
    negation = { not: schema };
    negations.set(schema, negation);
  }
  return negation;
}

/** Returns a schema that accepts all that the schema refuses, and where that has no keyword, more. */
export function refusedBy(schema: Linked): Linked {
  if (typeof schema === 'boolean') return !schema;
  let found = refused.get(schema);
  if (found === undefined) {
    const options = (Object.keys(schema) as (keyof LinkedObject)[]).flatMap((keyword) => optionsOf(schema, keyword));
    const [only] = options;
    found = options.includes(true) ? true : options.length === 1 && only !== undefined ? only : { anyOf: options };
    refused.set(schema, found);
  }
  return found;
}

const of = (type: Type, rule: LinkedObject = {}): LinkedObject => ({ type, ...rule });
const all = (parts: readonly Linked[]): Linked => ({ allOf: parts });

/** Returns the schemas of values that break one keyword. A value that has another type than the keyword is about does not. */
function optionsOf(schema: LinkedObject, keyword: keyof LinkedObject): Linked[] {
  const number = (name: keyof LinkedObject) => schema[name] as number;
  switch (keyword) {
    case 'type': {
      const refusedTypes = [schema.type ?? []].flat();
      // Fractions have no type of their own.
      return [{ type: TYPES.filter((type) => !refusedTypes.includes(type) && !(type === 'integer' && refusedTypes.includes('number'))) }]; // prettier-ignore
    }
    case 'minimum':
      return [of('number', { exclusiveMaximum: number(keyword) })];
    case 'maximum':
      return [of('number', { exclusiveMinimum: number(keyword) })];
    case 'exclusiveMinimum':
      return [of('number', { maximum: number(keyword) })];
    case 'exclusiveMaximum':
      return [of('number', { minimum: number(keyword) })];
    case 'multipleOf':
      return [of('number')];
    case 'minLength':
      return [of('string', { maxLength: number(keyword) - 1 })];
    case 'maxLength':
      return [of('string', { minLength: number(keyword) + 1 })];
    case 'pattern':
    case 'format': {
      const isAlone = Object.keys(schema).every((name) => name === keyword || name === 'type');
      return [of('string', isAlone ? {} : { not: { [keyword]: schema[keyword] } })];
    }
    case 'minItems':
      return [of('array', { maxItems: number(keyword) - 1 })];
    case 'maxItems':
      return [of('array', { minItems: number(keyword) + 1 })];
    case 'uniqueItems':
      return schema.uniqueItems === true ? [of('array', { minItems: 2 })] : [];
    case 'items':
      return [
        of('array', Array.isArray(schema.items) ? { minItems: 1 } : { contains: negationOf(schema.items as Linked) }),
      ];
    case 'additionalItems':
      return Array.isArray(schema.items) ? [of('array', { minItems: schema.items.length + 1 })] : [];
    case 'contains':
      return [of('array', { items: negationOf(schema.contains ?? true) })];
    case 'minProperties':
      return [of('object', { maxProperties: number(keyword) - 1 })];
    case 'maxProperties':
      return [of('object', { minProperties: number(keyword) + 1 })];
    case 'required':
      return (schema.required ?? []).map((name) => of('object', { properties: { [name]: false } }));
    case 'properties':
      return Object.entries(schema.properties ?? {}).map(([name, rule]) =>
        of('object', { required: [name], properties: { [name]: negationOf(rule) } }),
      );
    case 'patternProperties':
    case 'additionalProperties':
    case 'unevaluatedProperties':
    case 'propertyNames':
      return schema[keyword] === true ? [] : [of('object', { minProperties: 1 })];
    case 'dependencies':
      return Object.entries(schema.dependencies ?? {}).map(([name, rule]) => {
        const needed: Linked = Array.isArray(rule) ? { required: rule as readonly string[] } : (rule as Linked);
        return all([of('object', { required: [name] }), negationOf(needed)]);
      });
    case 'allOf':
      return (schema.allOf ?? []).map(negationOf);
    case 'anyOf':
      return [all((schema.anyOf ?? []).map(negationOf))];
    case 'oneOf': {
      const parts = schema.oneOf ?? [];
      const pairs = parts.flatMap((one, index) => parts.slice(index + 1).map((other) => all([one, other])));
      return parts.length > MAX_ALTERNATIVES ? [true] : [all(parts.map(negationOf)), ...pairs];
    }
    case 'not':
      return [schema.not ?? true];
    case 'if': {
      const { if: condition = true, then = true, else: otherwise = true } = schema;
      return [all([condition, negationOf(then)]), all([negationOf(condition), negationOf(otherwise)])];
    }
    case 'then':
    case 'else':
      return [];
    case 'const':
    case 'enum':
      return [true];
  }
}
