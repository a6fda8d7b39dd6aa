/** Finds patterns that validators cannot compile. */
import type { DocumentFault } from '../document.ts';
import { DATA } from '../enums.ts';
import { isObject } from '../json-object.ts';
import type { Path } from '../pointer.ts';
import { isJsonSchema } from '../schema-language.ts';

/** Fields whose value is an object with names of the document's own. */
const NAMED = new Set(['messages', 'parameters', 'properties', 'patternProperties', 'definitions', '$defs', 'dependencies']); // prettier-ignore

/** Returns the first pattern in the channels that is no regular expression. */
export const patternFaultIn = (channels: unknown): DocumentFault | undefined =>
  faultIn(channels, ['channels'], true, new Set());

/** @param isNamed whether the keys are names of the document's own. */
function faultIn(value: unknown, path: Path, isNamed: boolean, seen: Set<unknown>): DocumentFault | undefined {
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  seen.add(value);
  for (const [name, item] of Object.entries(value) as [string, unknown][]) {
    const inner = [...path, name];
    if (!isNamed && isSkipped(value, name)) continue;
    const fault =
      (isNamed ? undefined : faultOfField(name, item, inner)) ??
      faultIn(item, inner, !isNamed && NAMED.has(name), seen);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isSkipped(object: object, name: string): boolean {
  const { schemaFormat } = object as { readonly schemaFormat?: unknown };
  const isForeign = name === 'schema' && typeof schemaFormat === 'string' && !isJsonSchema(schemaFormat);
  return isForeign || DATA.has(name) || name.startsWith('x-');
}

function faultOfField(name: string, item: unknown, path: Path): DocumentFault | undefined {
  if (name === 'pattern' && typeof item === 'string') return faultOf(item, path);
  if (name !== 'patternProperties' || !isObject(item)) return undefined;
  return Object.keys(item)
    .map((pattern) => faultOf(pattern, [...path, pattern]))
    .find((fault) => fault !== undefined);
}

function faultOf(pattern: string, path: Path): DocumentFault | undefined {
  try {
    RegExp(pattern, 'u');
    return undefined;
  } catch (error) {
    const reason = (error as Error).message.split('/u: ').at(-1) ?? '';
    return { path, sentence: `is ${pattern}, which is no regular expression with the flag u: ${reason}` };
  }
}
