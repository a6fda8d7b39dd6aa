/** Lists the fields of a schema at any depth: also those below lists, maps and alternatives. */
import { isRequired } from '../discrimination.ts';
import type { Schema } from '../document.ts';
import { Names } from '../identifiers.ts';
import { componentName } from '../types.ts';
import { html } from './markdown.ts';
import { formOf, isNullable } from './form.ts';
import type { PageSchema } from './form.ts';

/** A value, or an alternative, with its meaning. */
export interface Meaning {
  readonly value: string;
  /** Empty without a description. */
  readonly html: string;
}

export interface FieldRow {
  /** The path to the field, as `body.`; empty for the value itself. */
  readonly parents: string;
  /** The last step of the path; empty for the value itself, `[]` for the elements of a list, `*` for fields of any name. */
  readonly name: string;
  /** The alternatives that have the field, the outer one first. */
  readonly only: readonly string[];
  readonly form: string;
  /** All its values, if the schema lists them. */
  readonly values: readonly Meaning[];
  /** Its alternatives: their fields have rows of their own. */
  readonly alternatives: readonly Meaning[];
  readonly pattern: string | undefined;
  /** The default, as JSON. */
  readonly fallback: string | undefined;
  /** Undefined for elements, fields of any name, and the value itself. */
  readonly required: boolean | undefined;
  readonly nullable: boolean;
  readonly deprecated: boolean;
  /** The path of the row that it repeats: its fields are listed there. */
  readonly sameAs: string | undefined;
  readonly html: string;
}

/** Where a schema is. */
interface Location extends Pick<FieldRow, 'parents' | 'name' | 'only' | 'required'> {
  /** The schemas that it is in, with their paths. */
  readonly outer: readonly { readonly parts: readonly Schema[]; readonly path: string }[];
  /** How many further schemas may be read: those that refer to each other have paths without end. */
  readonly budget: { left: number };
}

const MAX_SCHEMAS = 500;

/** What stands for the value itself where a path is needed. */
const VALUE = 'the whole value';

/** Returns a row for each field of a value. A value without fields, or with alternatives, has a row itself. */
export function rowsOf(schema: Schema): FieldRow[] {
  const budget = { left: MAX_SCHEMAS };
  return valueRows(schema, { parents: '', name: '', only: [], required: undefined, outer: [], budget });
}

function valueRows(schema: Schema, at: Location, isAlternative = false): FieldRow[] {
  const path = at.parents + at.name;
  const parts = partsOf(schema);
  const same = at.outer.find((other) => other.parts.includes(schema));
  if (same !== undefined) return [rowOf(parts, [], at, same.path || VALUE)];
  at.budget.left -= 1;
  if (at.budget.left < 0) return [];
  const alternatives = parts.flatMap(alternativesOf);
  const names = namesOf(alternatives);
  const inner = { ...at, outer: [...at.outer, { parts, path }] };
  const fields = fieldRows(parts, path, inner);
  const below = [
    ...fields,
    ...alternatives.flatMap((one, index) => valueRows(one, { ...inner, only: [...at.only, names[index] ?? ''] }, true)),
  ];
  // What has fields needs no row itself if a row or a heading names it already.
  const isNamed = (path === '' || isAlternative) && alternatives.length === 0 && fields.length > 0;
  const meanings = alternatives.map((one, index) => ({ value: names[index] ?? '', html: html(one.description) }));
  return isNamed ? below : [rowOf(parts, meanings, at, undefined), ...below];
}

/** Returns the rows of the fields and elements that the parts of a schema have together. */
function fieldRows(parts: readonly Schema[], path: string, at: Location): FieldRow[] {
  const whole = combined(parts);
  const prefix = path === '' ? '' : `${path}.`;
  const below = (inner: Schema | boolean, name: string, required?: boolean, parents = prefix) =>
    inner === false ? [] : valueRows(inner === true ? {} : inner, { ...at, parents, name, required });
  const { items = [], additionalProperties: others } = whole;
  return [
    ...propertiesOf(parts).flatMap(([name, field]) => {
      const required = parts.some((part) => isRequired(part, name));
      return below(field, name, required);
    }),
    ...Object.entries(whole.patternProperties ?? {}).flatMap(([pattern, field]) => below(field, `/${pattern}/`)),
    ...(typeof others === 'object' && Object.keys(others).length > 0 ? below(others, '*') : []),
    ...(Array.isArray(items)
      ? items.flatMap((item, index) => below(item as Schema, `[${String(index)}]`, undefined, path))
      : below(items as Schema, '[]', undefined, path)),
  ];
}

/** Returns the fields of all parts. One that several parts describe is all that they state. */
function propertiesOf(parts: readonly Schema[]): [name: string, field: Schema | boolean][] {
  const fields = new Map<string, Schema | boolean>();
  for (const [name, field] of parts.flatMap(({ properties = {} }) => Object.entries(properties))) {
    const known = fields.get(name);
    const isKnown = typeof known === 'object' && typeof field === 'object' && known !== field;
    fields.set(name, isKnown ? { allOf: [known, field] } : field);
  }
  return [...fields];
}

/** Returns a schema and all that it is combined of: `allOf`, and what is an alternative to null only. */
function partsOf(schema: Schema): Schema[] {
  const alternatives = [schema.oneOf, schema.anyOf].flatMap((list) => {
    const others = withoutNull(list);
    return others.length === 1 ? others : [];
  });
  return [...[...(schema.allOf ?? []).filter(isObject), ...alternatives].flatMap(partsOf), schema];
}

/** Returns the alternatives of a schema without null. */
function alternativesOf({ oneOf, anyOf }: Schema): Schema[] {
  return [oneOf, anyOf].flatMap((list) => {
    const others = withoutNull(list);
    return others.length > 1 ? others : [];
  });
}

/** A schema may be a boolean in a document: any value, or none. */
const isObject = (schema: unknown): schema is Schema => typeof schema === 'object' && schema !== null;
const isNull = (schema: Schema) => isObject(schema) && (schema.type === 'null' || schema.const === null);
const withoutNull = (list: readonly Schema[] = []) => list.filter((one) => isObject(one) && !isNull(one));

/** Returns the keywords of all parts; those of later ones win. */
function combined(parts: readonly Schema[]): PageSchema {
  return parts.reduce((all, part) => ({ ...all, ...part }), {});
}

function rowOf(
  parts: readonly Schema[],
  alternatives: readonly Meaning[],
  { parents, name, only, required }: Location,
  sameAs: string | undefined,
): FieldRow {
  const schema = combined(parts);
  const withNull = parts.some(({ oneOf = [], anyOf = [] }) => [...oneOf, ...anyOf].some(isNull));
  const hasForm = alternatives.length === 0 || schema.type !== undefined;
  return {
    ...{ parents, name, only, required, alternatives, sameAs },
    form: hasForm ? formOf(schema) : 'one of several forms',
    values: valuesOf(schema),
    pattern: schema.pattern,
    fallback: schema.default === undefined ? undefined : JSON.stringify(schema.default),
    nullable: withNull || isNullable(schema),
    deprecated: schema.deprecated === true,
    html: html(schema.description),
  };
}

function valuesOf({ const: constant, enum: values, 'x-meanings': meanings = {} }: PageSchema): Meaning[] {
  const all = constant === undefined ? (values ?? []) : [constant];
  return all
    .filter((value) => value !== null)
    .map((value) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return { value: text, html: html(Object.hasOwn(meanings, text) ? meanings[text] : undefined) };
    });
}

/** Returns a name for each alternative: its title, its name among the components, its constant, or its form. */
function namesOf(alternatives: readonly Schema[]): string[] {
  const names = new Names();
  return alternatives.map((one) => {
    const parts = partsOf(one);
    const fields = propertiesOf(parts);
    const constant = fields
      .map(([, field]) => (typeof field === 'object' ? combined(partsOf(field)).const : undefined))
      .find((value) => value !== undefined);
    const form = formOf(combined(parts));
    const text = typeof constant === 'string' ? constant : (JSON.stringify(constant) as string | undefined);
    const named = one.title ?? componentName(one) ?? text;
    return names.take(named ?? (fields.length === 0 ? form : `with ${fields[0]?.[0] ?? ''}`));
  });
}
