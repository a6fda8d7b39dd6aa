/** Finds the fields of values that neither version of a schema names. */
import { isObject } from '../../json-object.ts';
import type { Case } from '../schema/case.ts';
import { itemRules, propertyRules } from '../schema/cases.ts';
import type { Linked, LinkedObject } from '../schema/linked.ts';
import { distinct, flattened } from '../schema/samples/hints.ts';
import { pointerOf } from '../wire/reader.ts';

/** What both versions say of a value. */
interface Both {
  readonly writer: readonly Linked[];
  readonly reader: readonly Linked[];
}

export class OtherFields {
  readonly #root: Both;

  /**
   * @param accepted the schema of the values.
   * @param read the schema that reads them.
   */
  constructor(accepted: Linked, read: Linked) {
    this.#root = { writer: [accepted], reader: [read] };
  }

  /** Returns a value without them. */
  without(value: unknown): unknown {
    return without(value, this.#root, [], []);
  }

  /** Returns JSON pointers to them. */
  pathsIn(value: unknown): string[] {
    const found: string[] = [];
    without(value, this.#root, [], found);
    return found;
  }
}

/**
 * @param path where the value is.
 * @param found gets pointers to the fields.
 */
function without(value: unknown, both: Both, path: readonly string[], found: string[]): unknown {
  const [writer, reader] = [partsOf(both.writer), partsOf(both.reader)];
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      const inner = { writer: rulesOfItem(writer, index), reader: rulesOfItem(reader, index) };
      return without(item, inner, [...path, String(index)], found);
    });
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([name, item]) => {
    const at = [...path, name];
    const inner = { writer: propertyRules(writer, name), reader: propertyRules(reader, name) };
    // The values of a map are described, whatever their names are.
    const isDescribed = inner.writer.some((rule) => typeof rule === 'object');
    if (isDescribed || [...writer.atoms, ...reader.atoms].some((part) => isNamed(part, name)))
      return [[name, without(item, inner, at, found)] as const];
    found.push(pointerOf(at));
    return [];
  });
  return Object.fromEntries(entries);
}

/** Returns schemas with those that they combine, as one case: each of them may describe fields of a value. */
const partsOf = (schemas: readonly Linked[]): Case => ({
  atoms: distinct(schemas.flatMap(flattened)),
  nots: [],
  facts: new Set(),
  closed: [],
});

const rulesOfItem = (parts: Case, index: number): Linked[] => [
  ...itemRules(parts, index),
  ...parts.atoms.flatMap(({ contains }) => (contains === undefined ? [] : [contains])),
];

function isNamed({ properties = {}, required = [], dependencies = {} }: LinkedObject, name: string): boolean {
  const dependent = Object.entries(dependencies).flat(2);
  return Object.hasOwn(properties, name) || required.includes(name) || dependent.includes(name);
}
