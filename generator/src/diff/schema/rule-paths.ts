/** The paths of rules in schemas that contain themselves. */
import type { ErrorObject } from 'ajv';
import { pointerTo, segmentsOf } from '../../pointer.ts';

type Definitions = Readonly<Record<string, unknown>>;

/** A schema, and the shortest path to it from the root. */
interface Start {
  readonly schema: unknown;
  readonly path: string;
}

/** Completes the errors of a schema that `schemaOf` has returned. Ajv reports the path of a rule in a definition from the definition. */
export class RulePaths {
  readonly #starts: ReadonlyMap<string, Start>;

  constructor(root: object) {
    this.#starts = startsOf(root);
  }

  /** @param error has the schema of the rule (`verbose`). */
  fromRoot(error: ErrorObject): ErrorObject {
    const [, name, rest] = /^#\/definitions\/([^/]+)(\/.*)$/.exec(error.schemaPath) ?? [];
    if (name !== undefined && rest !== undefined)
      return { ...error, schemaPath: `#${this.#starts.get(name)?.path ?? ''}${rest}` };
    const path = segmentsOf(error.schemaPath)?.slice(0, -1) ?? [];
    const start = [...this.#starts.values()].find(({ schema }) => at(schema, path) === error.parentSchema);
    return start === undefined ? error : { ...error, schemaPath: `#${start.path}${error.schemaPath.slice(1)}` };
  }
}

const at = (schema: unknown, path: readonly string[]): unknown =>
  path.reduce(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Definitions)[key] : undefined),
    schema,
  );

/** Returns the definitions by name, and the root. The nearest of several references to a definition counts. */
function startsOf(root: object): ReadonlyMap<string, Start> {
  const { definitions = {}, ...own } = root as { readonly definitions?: Definitions };
  const starts = new Map<string, Start>([['', { schema: root, path: '' }]]);
  const next = (value: unknown, path: readonly string[]): (readonly [value: unknown, path: readonly string[]])[] => {
    if (typeof value !== 'object' || value === null) return [];
    const { $ref } = value as { readonly $ref?: unknown };
    if (typeof $ref !== 'string') return Object.entries(value).map(([key, item]) => [item, [...path, key]]);
    const key = $ref.slice('#/definitions/'.length);
    if (starts.has(key) || !(key in definitions)) return [];
    starts.set(key, { schema: definitions[key], path: path.length === 0 ? '' : pointerTo(path).slice(1) });
    return next(definitions[key], path);
  };
  let level = next(own, []);
  while (level.length > 0) level = level.flatMap(([value, path]) => next(value, path));
  return starts;
}
