/** Finds out how the messages of a channel are distinguished. */
import type { Schema } from './document.ts';

/** What distinguishes the messages of a channel. */
export type Discrimination =
  /** A field of the payload whose value is different in each message. */
  | { readonly by: 'field'; readonly name: string; readonly values: readonly (readonly string[])[] }
  /** A header whose value is different in each message. */
  | { readonly by: 'header'; readonly name: string; readonly values: readonly (readonly string[])[] }
  /** Nothing that a reader could check first: the one validator that accepts the payload. */
  | { readonly by: 'trial' };

interface Distinguished {
  readonly name: string | undefined;
  readonly payload: Schema;
  readonly headers: Schema | undefined;
}

/**
 * Returns what distinguishes messages: the field that the document names as `discriminator`, else a required field with other
 * constants in each message (if there are several, the one with the names of the messages), else such a header, else only trying.
 */
export function discriminationOf(messages: readonly Distinguished[], named: string | undefined): Discrimination {
  const payloads = messages.map(({ payload }) => payload);
  const field = named ?? fieldWithNames(messages) ?? distinctProperty(payloads);
  const byField = field === undefined ? undefined : distinctValues(payloads, field);
  if (field !== undefined && byField !== undefined) return { by: 'field', name: field, values: byField };
  const headers = messages.map((message) => message.headers ?? {});
  const header = distinctProperty(headers);
  const byHeader = header === undefined ? undefined : distinctValues(headers, header);
  return header !== undefined && byHeader !== undefined
    ? { by: 'header', name: header, values: byHeader }
    : { by: 'trial' };
}

/** Returns the field whose constants are the names of the messages. */
export function fieldWithNames(messages: readonly Distinguished[]): string | undefined {
  const payloads = messages.map(({ payload }) => payload);
  return propertiesOf(payloads[0] ?? {})
    .map(([field]) => field)
    .find((field) => {
      const values = distinctValues(payloads, field);
      return values?.every((own, index) => own.length === 1 && own[0] === messages[index]?.name) === true;
    });
}

/** Returns the first property that has other constants in each schema. */
function distinctProperty(schemas: readonly Schema[]): string | undefined {
  const [first] = schemas;
  return propertiesOf(first ?? {})
    .map(([name]) => name)
    .find((name) => distinctValues(schemas, name) !== undefined);
}

/** Returns the constants of a required property in each schema; undefined if two schemas share one, or one has none. */
export function distinctValues(schemas: readonly Schema[], name: string): string[][] | undefined {
  const values = schemas.map((schema) => constantsOf(schema, name));
  const all = values.flat();
  return values.every((own) => own.length > 0) && new Set(all).size === all.length ? values : undefined;
}

function constantsOf(schema: Schema, name: string, isKnown = false): string[] {
  const isThere = isKnown || isRequired(schema, name);
  const lists = propertiesNamed(schema, name)
    .map(textsOf)
    .filter((texts) => texts.length > 0);
  // A base may list what one of its kinds has: the value must be in each list.
  if (isThere && lists.length > 0) return (lists[0] ?? []).filter((text) => lists.every((list) => list.includes(text)));
  const alternatives = alternativesOf(schema).map((part) => constantsOf(part, name, isThere));
  return alternatives.every((own) => own.length > 0) ? [...new Set(alternatives.flat())] : [];
}

/** A schema that is `true` is an alternative without constants. */
const alternativesOf = ({ oneOf = [], anyOf = [] }: Schema): readonly Schema[] =>
  [...oneOf, ...anyOf].map((part) => (typeof part === 'object' ? part : {}));

/** Returns the required field that has another constant in each alternative of a schema. */
export function fieldOfAlternatives(schema: Schema): string | undefined {
  const alternatives = alternativesOf(schema);
  return alternatives.length > 1 ? distinctProperty(alternatives) : undefined;
}

function textsOf(property: Schema): string[] {
  const values = 'const' in property ? [property.const] : (property.enum ?? []);
  return values.every((value) => typeof value === 'string') ? (values as string[]) : [];
}

/** Returns the properties of an object, also those of its `allOf`. */
function propertiesOf(schema: Schema): [string, Schema][] {
  return [
    ...Object.entries(schema.properties ?? {}),
    ...(schema.allOf ?? []).flatMap((part) => (typeof part === 'object' ? propertiesOf(part) : [])),
  ].filter((entry): entry is [string, Schema] => typeof entry[1] === 'object');
}

/** Returns the properties of a name. */
function propertiesNamed({ properties = {}, allOf = [] }: Schema, name: string): Schema[] {
  const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
  const inner = allOf.flatMap((part) => (typeof part === 'object' ? propertiesNamed(part, name) : []));
  return typeof own === 'object' ? [own, ...inner] : inner;
}

/** Whether an object always has a field, by its schema or by one of its `allOf`. */
export function isRequired(schema: Schema | undefined, name: string): boolean {
  return schema?.required?.includes(name) === true || (schema?.allOf ?? []).some((part) => isRequired(part, name));
}

/** Whether an object always has a field that its schema describes. */
export function hasRequired(schema: Schema, name: string): boolean {
  return isRequired(schema, name) && propertiesNamed(schema, name).length > 0;
}
