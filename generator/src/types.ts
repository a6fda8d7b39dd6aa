/** Decides which schemas become types with a name, and writes the TypeScript of every schema. */
import type { Schema } from './document.ts';
import { Names, typeName } from './identifiers.ts';
import type { Role } from './shape.ts';
import { recursiveSchemas } from './schemas.ts';

/** A type that is declared in a file of its channel. */
export interface NamedType {
  readonly name: string;
  readonly schema: Schema;
  /** The channel in whose file it is declared: the first that uses it. */
  readonly home: string;
  /** The TypeScript of each property of an interface, by name; undefined for another kind of type, which is `text`. */
  readonly properties: ReadonlyMap<string, string> | undefined;
  /** The type of the fields without a name in the document; undefined if there are none, or nothing is known of them. */
  readonly others: string | undefined;
  readonly text: string | undefined;
  /** Names of the types that its own text uses. */
  readonly uses: ReadonlySet<string>;
}

/** The name that the parser gives a schema of the components; undefined for a schema within another one. */
export function componentName(schema: Schema): string | undefined {
  const id = schema['x-parser-schema-id'];
  return id === undefined || id.startsWith('<anonymous') ? undefined : id;
}

type Building = { -readonly [Field in keyof NamedType]: NamedType[Field] } & { uses: Set<string> };

/** The named types of a document. Equal schemas of one name are one type; different ones get different names. */
export class Types {
  readonly #names: Names;
  readonly #byIdentity = new Map<Schema, string>();
  readonly #byTitle = new Map<string, { readonly fingerprint: string; readonly name: string }[]>();
  readonly #types = new Map<string, Building>();
  readonly #recursive = new Set<object>();
  #home = '';
  #uses = new Set<string>();

  readonly #role: Role;

  constructor(role: Role) {
    this.#role = role;
    this.#names = new Names([]);
  }

  get(name: string): NamedType | undefined {
    return this.#types.get(name);
  }

  /** Returns the types of a channel's file, in the order of the document. */
  of(channel: string): NamedType[] {
    return [...this.#types.values()].filter(({ home }) => home === channel);
  }

  /** Returns a name that no type has, for a type that is declared elsewhere. */
  reserve(wanted: string): string {
    return this.#names.take(wanted);
  }

  /** Declares the payload of a message, which always has a name. @returns the name. */
  payload(schema: Schema, fallback: string, channel: string): string {
    this.#home = channel;
    this.#uses = new Set();
    for (const recursive of recursiveSchemas(schema)) this.#recursive.add(recursive);
    return this.#name(schema, fallback);
  }

  #name(schema: Schema, fallback: string): string {
    const known = this.#byIdentity.get(schema);
    if (known !== undefined) {
      this.#uses.add(known);
      return known;
    }
    const wanted = typeName(schema.title ?? componentName(schema) ?? fallback);
    const fingerprint = fingerprintOf(schema);
    const same = this.#byTitle.get(wanted) ?? [];
    const equal = same.find((one) => one.fingerprint === fingerprint);
    if (equal !== undefined) {
      this.#uses.add(equal.name);
      return equal.name;
    }
    const name = this.#names.take(wanted);
    this.#byIdentity.set(schema, name);
    this.#byTitle.set(wanted, [...same, { fingerprint, name }]);
    this.#declare(name, schema);
    this.#uses.add(name);
    return name;
  }

  #declare(name: string, schema: Schema): void {
    const outer = this.#uses;
    this.#uses = new Set();
    const type: Building = {
      name,
      schema,
      home: this.#home,
      properties: undefined,
      others: undefined,
      text: undefined,
      uses: this.#uses,
    };
    this.#types.set(name, type);
    if (isInterface(schema)) {
      type.properties = new Map(
        Object.entries(schema.properties ?? {}).map(([field, property]) => [
          field,
          this.text(property, name + typeName(field)),
        ]),
      );
      type.others = withFields(this.#others(schema, name), schema, type.properties);
    } else type.text = this.#text(schema, name);
    this.#uses = outer;
  }

  /** Returns the TypeScript of a schema. @param fallback the name of the type, if it needs one and has none. */
  text(schema: Schema | boolean, fallback: string): string {
    if (typeof schema === 'boolean') return schema ? 'unknown' : 'never';
    if (!needsName(schema) && !this.#recursive.has(schema) && !this.#byIdentity.has(schema))
      return this.#text(schema, fallback);
    const name = this.#name(withoutNull(schema), fallback);
    return isNullable(schema) ? `${name} | null` : name;
  }

  #text(schema: Schema, fallback: string): string {
    if ('const' in schema) return literalType(schema.const);
    if (schema.enum !== undefined) return union([...schema.enum.map(literalType), ...this.#otherValues(schema)]);
    const alternatives = schema.oneOf ?? schema.anyOf;
    const parts: string[] = [];
    if (schema.allOf !== undefined) {
      parts.push(...schema.allOf.map((part, index) => this.text(part, `${fallback}Part${String(index + 1)}`)));
    }
    if (alternatives !== undefined) {
      parts.push(union(alternatives.map((part, index) => this.text(part, `${fallback}Option${String(index + 1)}`))));
    }
    const known = parts.filter((part) => part !== 'unknown');
    const own = this.#ownText(schema, fallback);
    if (known.length === 0) return own;
    // A schema of a plain type adds nothing to its parts.
    if (own !== 'unknown' && !/^(?:string|number|boolean|null|Readonly<Record<string, unknown>>)$/.test(own))
      known.push(own);
    return intersection([...new Set(known)]);
  }

  /** A client must expect values of an open enum that it does not know. The type keeps the known ones for editors to suggest. */
  #otherValues(schema: Schema): string[] {
    return this.#role === 'client' && schema['x-open-enum'] === true ? ['(string & {})'] : [];
  }

  /** Returns the type without combinations: by `type`, properties and items. */
  #ownText(schema: Schema, fallback: string): string {
    const types = schema.type === undefined ? impliedTypes(schema) : [schema.type].flat();
    if (types.length === 0) return 'unknown';
    return union(types.map((type) => this.#ofType(type, schema, fallback)));
  }

  #ofType(type: string, schema: Schema, fallback: string): string {
    switch (type) {
      case 'integer':
      case 'number':
        return 'number';
      case 'string':
      case 'boolean':
      case 'null':
        return type;
      case 'array':
        return this.#array(schema, fallback);
      case 'object':
        return this.#object(schema, fallback);
      default:
        return 'unknown';
    }
  }

  #array({ items, additionalItems, minItems = 0 }: Schema, fallback: string): string {
    const item = `${fallback}Item`;
    if (!Array.isArray(items)) {
      const text = items === undefined ? 'unknown' : this.text(items as Schema | boolean, item);
      return `readonly ${parenthesized(text)}[]`;
    }
    const list = items as readonly (Schema | boolean)[];
    const members = list.map((one, index) => {
      const text = parenthesized(this.text(one, `${item}${String(index + 1)}`));
      return index < minItems ? text : `${text}?`;
    });
    if (additionalItems === false) return `readonly [${members.join(', ')}]`;
    const rest = additionalItems === undefined ? 'unknown' : this.text(additionalItems, item);
    return `readonly [${[...members, `...${parenthesized(rest)}[]`].join(', ')}]`;
  }

  #object(schema: Schema, fallback: string): string {
    if (Object.keys(schema.properties ?? {}).length > 0) {
      const fields = Object.entries(schema.properties ?? {}).map(([field, property]) => {
        const mark = schema.required?.includes(field) === true ? '' : '?';
        return `readonly ${JSON.stringify(field)}${mark}: ${this.text(property, fallback + typeName(field))}`;
      });
      return `{ ${fields.join('; ')} }`;
    }
    if (schema.additionalProperties === false && schema.patternProperties === undefined)
      return 'Readonly<Record<string, never>>';
    const others = this.#others(schema, fallback);
    // A type may refer to itself here, unlike in the arguments of another type.
    return others === undefined ? 'Readonly<Record<string, unknown>>' : `{ readonly [name: string]: ${others} }`;
  }

  /** Returns the type of fields that the schema does not name; undefined if nothing is known of them. */
  #others({ additionalProperties, patternProperties }: Schema, fallback: string): string | undefined {
    const schemas = Object.values(patternProperties ?? {});
    if (typeof additionalProperties === 'object') schemas.push(additionalProperties);
    else if (additionalProperties !== false) return undefined;
    if (schemas.length === 0) return undefined;
    const texts = schemas.map((schema) => this.text(schema, `${fallback}Value`));
    return texts.includes('unknown') ? undefined : union(texts);
  }
}

/** TypeScript wants the type of any field to include those of the named ones. */
function withFields(
  others: string | undefined,
  schema: Schema,
  properties: ReadonlyMap<string, string>,
): string | undefined {
  if (others === undefined) return undefined;
  const isOptional = [...properties.keys()].some((field) => schema.required?.includes(field) !== true);
  return union([others, ...properties.values(), ...(isOptional ? ['undefined'] : [])]);
}

/** Whether the schema is declared as an interface: an object with fields, and nothing that combines it with others. */
export function isInterface(schema: Schema): boolean {
  const { type, properties, allOf, anyOf, oneOf } = schema;
  if (
    allOf !== undefined ||
    anyOf !== undefined ||
    oneOf !== undefined ||
    'const' in schema ||
    schema.enum !== undefined
  )
    return false;
  if (Object.keys(properties ?? {}).length === 0) return false;
  return type === undefined || [type].flat().every((one) => one === 'object');
}

function needsName(schema: Schema): boolean {
  const bare = withoutNull(schema);
  if (isInterface(bare)) return true;
  const hasName = schema.title !== undefined || componentName(schema) !== undefined;
  const isCombination = schema.allOf !== undefined || schema.anyOf !== undefined || schema.oneOf !== undefined;
  return hasName && (isCombination || schema.enum !== undefined);
}

const isNullable = ({ type, properties }: Schema) =>
  properties !== undefined && Array.isArray(type) && type.includes('null');

const bares = new WeakMap<Schema, Schema>();

/** Returns an object that may be null as one that may not, always the same for the same schema. */
function withoutNull(schema: Schema): Schema {
  if (!isNullable(schema)) return schema;
  const known = bares.get(schema);
  if (known !== undefined) return known;
  const types = [schema.type ?? []].flat().filter((type) => type !== 'null');
  const bare = { ...schema, type: types.length === 1 && types[0] !== undefined ? types[0] : types };
  bares.set(schema, bare);
  return bare;
}

/** A schema without `type` that has keywords of one type describes values of that type. */
function impliedTypes(schema: Schema): string[] {
  if (schema.properties !== undefined || typeof schema.additionalProperties === 'object') return ['object'];
  return schema.items === undefined ? [] : ['array'];
}

function literalType(value: unknown): string {
  if (Array.isArray(value)) return `readonly [${value.map(literalType).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, item]) => `readonly ${JSON.stringify(name)}: ${literalType(item)}`);
  return `{ ${fields.join('; ')} }`;
}

const union = (texts: readonly string[]) => {
  const distinct = [...new Set(texts)];
  if (distinct.includes('unknown')) return 'unknown';
  const possible = distinct.filter((text) => text !== 'never');
  return possible.length === 0
    ? 'never'
    : possible.map((text) => (text.startsWith('readonly ') && possible.length > 1 ? `(${text})` : text)).join(' | ');
};

const intersection = (texts: readonly string[]) => texts.map(parenthesized).join(' & ');

function parenthesized(text: string): string {
  return /[|&]/.test(text) || text.startsWith('readonly ') ? `(${text})` : text;
}

/** Returns a text that equal schemas share. A schema within itself is named by its depth. */
export function fingerprintOf(schema: unknown): string {
  const path: object[] = [];
  const visit = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const component = path.length === 0 ? undefined : componentName(value);
    if (component !== undefined) return `<component ${component}>`;
    const depth = path.indexOf(value);
    if (depth >= 0) return `<cycle ${String(path.length - depth)}>`;
    path.push(value);
    const copy = Array.isArray(value)
      ? value.map(visit)
      : Object.fromEntries(
          Object.entries(value)
            .filter(([name]) => !name.startsWith('x-parser-'))
            .map(([name, item]) => [name, visit(item)]),
        );
    path.pop();
    return copy;
  };
  return JSON.stringify(visit(schema));
}
