/** Finds the fields of values that neither version of a schema names. */
import { isObject } from '../../json-object.ts';
import type { Case } from '../schema/case.ts';
import { itemRules, propertyRules } from '../schema/cases.ts';
import { textOf } from '../schema/linked.ts';
import type { Linked, LinkedObject } from '../schema/linked.ts';
import { pointerOf } from '../wire/reader.ts';

export class OtherFields {
  readonly #accepted: Linked;
  readonly #texts: string;

  /**
   * @param accepted the schema of the values.
   * @param read the schema that reads them.
   */
  constructor(accepted: Linked, read: Linked) {
    this.#accepted = accepted;
    this.#texts = `${textOf(accepted)}${textOf(read)}`;
  }

  /** Returns a value without them. */
  without(value: unknown): unknown {
    return this.#without(value, [this.#accepted], [], []);
  }

  /** Returns JSON pointers to them. */
  pathsIn(value: unknown): string[] {
    const found: string[] = [];
    this.#without(value, [this.#accepted], [], found);
    return found;
  }

  /**
   * @param schemas those that may describe the value.
   * @param path where it is.
   * @param found gets pointers to the fields.
   */
  #without(value: unknown, schemas: readonly Linked[], path: readonly string[], found: string[]): unknown {
    const parts: Case = { atoms: [...partsOf(schemas)], nots: [], facts: new Set(), closed: [] };
    if (Array.isArray(value))
      return value.map((item, index) => this.#without(item, itemRules(parts, index), [...path, String(index)], found));
    if (!isObject(value)) return value;
    const entries = Object.entries(value).flatMap(([name, item]) => {
      const rules = propertyRules(parts, name);
      const at = [...path, name];
      // The names of a map are in no schema, but the values are described.
      const isNamed = rules.some((rule) => typeof rule === 'object') || this.#texts.includes(JSON.stringify(name));
      if (isNamed) return [[name, this.#without(item, rules, at, found)] as const];
      found.push(pointerOf(at));
      return [];
    });
    return Object.fromEntries(entries);
  }
}

/** Returns schemas with those that they combine: each of them may describe fields of a value. */
function partsOf(schemas: readonly Linked[], parts = new Set<LinkedObject>()): ReadonlySet<LinkedObject> {
  for (const schema of schemas) {
    if (typeof schema === 'boolean' || parts.has(schema)) continue;
    parts.add(schema);
    const { allOf = [], anyOf = [], oneOf = [], dependencies = {} } = schema;
    const choices = [schema.if, schema.then, schema.else].filter((one) => one !== undefined);
    const dependent = Object.values(dependencies).filter((one) => !Array.isArray(one)) as Linked[];
    partsOf([...allOf, ...anyOf, ...oneOf, ...choices, ...dependent], parts);
  }
  return parts;
}
