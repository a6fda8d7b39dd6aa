/**
 * Closes the objects within parts of a schema. A generated validator leaves them open, since other parts may describe the same
 * field; but a writer sends only fields that some part names.
 */

type Node = object | boolean;
type Keywords = Readonly<Record<string, unknown>>;

const PARTS = ['allOf', 'anyOf', 'oneOf'] as const;
const CHOICES = ['then', 'else'] as const;
const COMBINING = [...PARTS, 'if', 'dependencies'];
/** Stands for the items of a list among the names of fields. */
const ITEMS = '[]';

/** Returns a schema that `schemaOf` has closed, with the objects in its parts closed too. */
export function closedInParts(root: Node): Node {
  if (typeof root === 'boolean' || !PARTS.some((name) => JSON.stringify(root).includes(`"${name}"`))) return root;
  return new Closer(root).root();
}

class Closer {
  readonly #root: Keywords;
  readonly #given: Readonly<Record<string, Node>>;
  readonly #definitions: Record<string, Node> = {};

  constructor(root: object) {
    this.#root = root as Keywords;
    this.#given = (this.#root['definitions'] ?? {}) as Readonly<Record<string, Node>>;
  }

  root(): Node {
    const { definitions, ...rest } = this.#root;
    const schema = this.#whole(rest);
    for (const [name, one] of Object.entries(this.#given)) {
      this.#definitions[name] ??= name.endsWith('-whole') ? this.#whole(one) : name.endsWith('-part') ? this.#part(one, new Set()) : one; // prettier-ignore
    }
    return definitions === undefined ? schema : { ...(schema as object), definitions: this.#definitions };
  }

  #whole(schema: Node): Node {
    if (typeof schema === 'boolean') return schema;
    const given = schema as Keywords;
    const reference = given['$ref'];
    if (typeof reference === 'string') return { $ref: this.#closedReference(reference) };
    const copy: Record<string, unknown> = { ...(this.#part(schema, conflictsOf(given)) as object) };
    if ('additionalProperties' in copy || 'unevaluatedProperties' in copy) return copy;
    if (COMBINING.some((name) => name in copy)) {
      if (this.#hasFields(given, 0)) copy['unevaluatedProperties'] = false;
    } else if (Object.keys(copy['properties'] ?? {}).length > 0) copy['additionalProperties'] = false;
    return copy;
  }

  /** A schema that contains itself has a definition for each use. */
  #closedReference(reference: string): string {
    const name = reference.slice('#/definitions/'.length);
    if (!name.endsWith('-part')) return reference;
    const closed = name.replace(/-part$/, '-closed');
    if (this.#definitions[closed] === undefined) {
      this.#definitions[closed] = true;
      this.#definitions[closed] = this.#whole(this.#given[name] ?? {});
    }
    return `#/definitions/${closed}`;
  }

  #part(schema: Node, conflicts: ReadonlySet<string>): Node {
    if (typeof schema === 'boolean') return schema;
    const copy: Record<string, unknown> = { ...schema };
    if (typeof copy['$ref'] === 'string') return copy;
    for (const name of ['properties', 'patternProperties']) {
      if (copy[name] === undefined) continue;
      const entries = Object.entries(copy[name] as Readonly<Record<string, Node>>);
      copy[name] = Object.fromEntries(
        entries.map(([field, one]) => [field, conflicts.has(field) ? one : this.#whole(one)]),
      );
    }
    for (const name of ['items', 'additionalItems', 'additionalProperties']) {
      const value = copy[name];
      if (value === undefined || conflicts.has(ITEMS)) continue;
      copy[name] = Array.isArray(value) ? value.map((one: Node) => this.#whole(one)) : this.#whole(value as Node);
    }
    for (const name of PARTS) {
      if (Array.isArray(copy[name])) copy[name] = (copy[name] as Node[]).map((one) => this.#part(one, conflicts));
    }
    for (const name of CHOICES) if (copy[name] !== undefined) copy[name] = this.#part(copy[name] as Node, conflicts);
    return copy;
  }

  #hasFields(schema: Node, depth: number): boolean {
    if (typeof schema === 'boolean' || depth > 10) return false;
    const keywords = schema as Keywords;
    if (keywords['properties'] !== undefined) return true;
    return PARTS.some((name) => ((keywords[name] ?? []) as Node[]).some((one) => this.#hasFields(one, depth + 1)));
  }
}

/** Returns the fields that several parts, which all hold for a value, describe as objects with fields of their own. */
function conflictsOf(schema: Keywords): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const names of membersOf(schema, 0)) for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count > 1).map(([name]) => name));
}

function membersOf(schema: Node, depth: number): Set<string>[] {
  if (typeof schema === 'boolean' || depth > 10) return [];
  const keywords = schema as Keywords;
  const own = new Set<string>();
  const fields = (keywords['properties'] ?? {}) as Readonly<Record<string, Node>>;
  for (const [name, one] of Object.entries(fields)) if (describesFields(one)) own.add(name);
  if (describesFields(keywords['items'] as Node | undefined)) own.add(ITEMS);
  const union = (list: readonly Node[]) => new Set(list.flatMap((one) => membersOf(one, depth + 1).flatMap((names) => [...names]))); // prettier-ignore
  const alternatives = (['anyOf', 'oneOf'] as const).map((name) => union((keywords[name] ?? []) as Node[]));
  const choices = union(CHOICES.flatMap((name) => (keywords[name] === undefined ? [] : [keywords[name] as Node])));
  return [
    own,
    ...((keywords['allOf'] ?? []) as Node[]).flatMap((one) => membersOf(one, depth + 1)),
    ...alternatives,
    choices,
  ];
}

function describesFields(schema: Node | undefined): boolean {
  if (typeof schema !== 'object') return false;
  const keywords = schema as Keywords;
  return (
    ['properties', '$ref', ...PARTS].some((name) => name in keywords) || describesFields(keywords['items'] as Node)
  );
}
