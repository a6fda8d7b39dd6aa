/** Names fields of messages in declarations: `body.items[].id`, with a question mark if the reader can do without it. */

/** Each item of a list. */
export const ITEMS = Symbol('items');

/** The names of fields, and ITEMS for the items of a list, that lead to a field. */
export type FieldPath = readonly (string | typeof ITEMS)[];

export interface Field {
  /** As the declaration has it. */
  readonly text: string;
  readonly path: FieldPath;
  /** Whether the reader accepts that it is missing or null. */
  readonly isOptional: boolean;
}

/** Reads a field. A backslash takes the meaning from a dot, a bracket or a question mark. */
export function fieldOf(text: string): Field {
  const isOptional = /(?<!\\)\?$/.test(text);
  const bare = isOptional ? text.slice(0, -1) : text;
  const path = bare.split(/(?<!\\)\./).flatMap((part, index): FieldPath => {
    const lists = /(?<!\\)(?:\[\])*$/.exec(part)?.[0] ?? '';
    const name = part.slice(0, part.length - lists.length);
    const items: FieldPath = Array.from({ length: lists.length / 2 }, (): typeof ITEMS => ITEMS);
    // A message that is a list has no name before its items.
    return name === '' && index === 0 && items.length > 0 ? items : [unescaped(name), ...items];
  });
  return { text, path, isOptional };
}

/** Reads a header: its name may have any characters, so only a question mark at the end has a meaning. */
export function headerOf(text: string): Field {
  const isOptional = text.endsWith('?');
  return { text, path: [isOptional ? text.slice(0, -1) : text], isOptional };
}

/** Returns a path as a declaration writes it. */
export function pathText(path: FieldPath): string {
  return path
    .map((step, index) => (step === ITEMS ? '[]' : (index === 0 ? '' : '.') + step.replaceAll(/[\\.?[]/g, '\\$&')))
    .join('');
}

const unescaped = (name: string) => name.replaceAll(/\\(.)/g, '$1');
