/** Reads lists of values that documents write as alternatives. */

/** A schema of one text, perhaps with its meaning. */
interface Value {
  readonly const?: unknown;
  readonly type?: unknown;
  readonly description?: string;
}

/** Changes each `oneOf` of const texts into the enum that it is, with the descriptions as its `x-meanings`. */
export function toEnums(value: unknown, seen = new Set<unknown>()): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  for (const [name, item] of Object.entries(value)) if (!DATA.has(name)) toEnums(item, seen);
  const schema = value as { oneOf?: unknown };
  const values = Array.isArray(schema.oneOf) ? (schema.oneOf as readonly Value[]) : [];
  if (values.length === 0 || 'enum' in schema || 'const' in schema || !values.every(isValue)) return;
  // Of a constant that is there twice, no value fits exactly one alternative.
  if (new Set(values.map((one) => one.const)).size < values.length) return;
  const meanings = values.flatMap((one) => (one.description === undefined ? [] : [[one.const, one.description]]));
  delete schema.oneOf;
  Object.assign(schema, {
    type: 'string',
    ...schema,
    enum: values.map((one) => one.const),
    ...(meanings.length === values.length && { 'x-meanings': Object.fromEntries(meanings) as Record<string, string> }),
  });
}

function isValue(schema: Value): boolean {
  if (![undefined, 'string'].includes(schema.type as string | undefined)) return false;
  return typeof schema.const === 'string' && Object.keys(schema).every((name) => VALUE_KEYWORDS.has(name));
}

/** What is no schema, though it may look like one. */
export const DATA: ReadonlySet<unknown> = new Set(['examples', 'default', 'const', 'enum']);

const VALUE_KEYWORDS = new Set(['const', 'type', 'title', 'description', 'x-parser-schema-id']);
