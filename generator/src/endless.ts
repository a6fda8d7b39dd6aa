/** Mends schemas that contain themselves without a field between: no value could ever be validated by them. */

const LISTS = ['allOf', 'anyOf', 'oneOf'] as const;

/** What counts here of a schema. */
type Schema = {
  readonly [List in (typeof LISTS)[number]]?: readonly Schema[];
} & {
  readonly title?: string;
  readonly 'x-parser-schema-id'?: string;
};

interface Step {
  readonly schema: Mutable;
  readonly list: (typeof LISTS)[number];
  readonly index: number;
}

type Mutable = { -readonly [Keyword in keyof Schema]: Schema[Keyword] };

/**
 * Changes the schemas in place. A base that lists its kinds (`oneOf`), each of which extends the base (`allOf`), is a usual
 * mistake: the kinds then extend the base without its list.
 *
 * @returns the schemas that were changed.
 */
export function mendEndless(root: unknown): Schema[] {
  const mended: Schema[] = [];
  const done = new Set<unknown>();
  const stripped = new Map<Schema, Schema>();

  function cut(cycle: readonly Step[]): void {
    const step = cycle.find(({ list }) => list === 'allOf') ?? cycle.at(-1);
    const target = step?.schema[step.list]?.[step.index];
    if (step === undefined || target === undefined) return;
    const bare = stripped.get(target) ?? withoutLists(target);
    stripped.set(target, bare);
    step.schema[step.list] = (step.schema[step.list] ?? []).map((part, index) => (index === step.index ? bare : part));
    mended.push(step.schema);
  }

  function visit(value: unknown, path: readonly Step[]): void {
    if (typeof value !== 'object' || value === null) return;
    const start = path.findIndex(({ schema }) => schema === value);
    if (start >= 0) {
      cut(path.slice(start));
      return;
    }
    if (done.has(value)) return;
    const schema = value as Mutable;
    for (const list of LISTS) {
      for (const [index, part] of (Array.isArray(schema[list]) ? schema[list] : []).entries()) {
        visit(part, [...path, { schema, list, index }]);
      }
    }
    done.add(value);
    for (const [name, item] of Object.entries(value)) {
      if (!(LISTS as readonly string[]).includes(name)) visit(item, []);
    }
  }

  visit(root, []);
  return mended;
}

function withoutLists(schema: Schema): Schema {
  const { allOf: _all, anyOf: _any, oneOf: _one, title: _title, 'x-parser-schema-id': _id, ...rest } = schema;
  return rest;
}
