/** Makes identifiers of the names in a document, which may be any text. */

/** Words that cannot be the name of a variable or function in a module. */
const RESERVED = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false ' +
    'finally for function if implements import in instanceof interface let new null package private protected public return ' +
    'static super switch this throw true try typeof undefined var void while with yield'
  ).split(' '),
);

/** Names of types that generated code uses itself. */
const GLOBAL_TYPES = new Set(
  (
    'Array ArrayBuffer Boolean Buffer Channel ConsumedRecord Context ContractChannel Date Decoded Error Example Extract Fault Function ' +
    'HeaderValue Invalid InvalidCode JSON Judge Map Math Number Object Omit Outcome Partial Pick ProducedRecord Promise ' +
    'RawChannel Readonly ReadonlyMap Record RecordChannel RecordHeaders RegExp Set String Symbol TextForm Validator'
  ).split(' '),
);

/** Splits a name at everything that no identifier has. */
function words(name: string): string[] {
  const found = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .split(/[^\p{L}\p{N}$_]+/u)
    .filter(Boolean);
  return found.length === 0 ? ['unnamed'] : found;
}

/** Returns the name as one identifier that begins with a capital letter. Capitals within a word are kept. */
export function pascalCase(name: string): string {
  const joined = words(name)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  return /^[\p{L}$_]/u.test(joined) ? joined : `N${joined}`;
}

/** Returns the name as one identifier that begins with a small letter, and is no reserved word. */
export function camelCase(name: string): string {
  const pascal = pascalCase(name);
  const camel = pascal.charAt(0).toLowerCase() + pascal.slice(1);
  return RESERVED.has(camel) ? `${camel}Message` : camel;
}

/** Returns the name as a file name. */
export function kebabCase(name: string): string {
  return pascalCase(name)
    .replaceAll(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})/gu, '-')
    .toLowerCase();
}

/** Returns the name as the name of a type. */
export function typeName(name: string): string {
  const pascal = pascalCase(name);
  return GLOBAL_TYPES.has(pascal) ? `${pascal}Message` : pascal;
}

/** Gives out each name once: a name that is taken gets a number. */
export class Names {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  take(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#taken.has(name.toLowerCase()); number += 1) name = `${wanted}${String(number)}`;
    this.#taken.add(name.toLowerCase());
    return name;
  }
}
