/** Returns the schemas whose limits are tried when values are made. */
import type { Linked, LinkedObject } from './linked.ts';

const cache = new WeakMap<object, LinkedObject[]>();

/** Returns a schema and all that it combines for the same value. */
export function flattened(schema: Linked): LinkedObject[] {
  if (typeof schema === 'boolean') return [];
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const found = new Set<LinkedObject>();
  const visit = (part: Linked | undefined): void => {
    if (typeof part !== 'object' || found.has(part)) return;
    found.add(part);
    const rules = Object.values(part.dependencies ?? {}).filter((rule) => !Array.isArray(rule)) as Linked[];
    for (const inner of [...(part.allOf ?? []), ...(part.anyOf ?? []), ...(part.oneOf ?? []), part.not, part.if, part.then, part.else, ...rules]) visit(inner); // prettier-ignore
  };
  visit(schema);
  const list = [...found];
  cache.set(schema, list);
  return list;
}
