/** Decides the Go types of a document: structs and enums with names, and the type of every field. */
import type { Schema } from '../document.ts';
import { Names } from '../identifiers.ts';
import type { Path } from '../pointer.ts';
import { componentName, fingerprintOf } from '../types.ts';
import { goName, METHODS, USED_BY_RUNTIME } from './names.ts';
import { kindOf, UnsupportedError } from './schema.ts';
import type { Kind, Numeric } from './schema.ts';

/** The type of a value in Go. */
export interface GoType {
  /** As Go writes it. */
  readonly text: string;
  /** The expression of its reader. */
  readonly reader: string;
  /** Whether nil can mean that there is none, without a pointer. */
  readonly hasNil: boolean;
  readonly isNullable: boolean;
  readonly kind: Kind;
  /** The type of the items or values. */
  readonly inner: GoType | undefined;
}

export interface GoField {
  readonly name: string;
  /** Its name in JSON. */
  readonly key: string;
  readonly type: GoType;
  readonly isRequired: boolean;
  readonly doc: string | undefined;
  /** The constants that it may have, as Go writes them: the value of a field that distinguishes messages. */
  readonly constants: readonly string[];
}

export interface GoStruct {
  readonly name: string;
  /** The channel in whose file it is declared. */
  readonly home: string;
  readonly doc: readonly (string | undefined)[];
  readonly fields: readonly GoField[];
}

export interface GoEnum {
  readonly name: string;
  readonly home: string;
  readonly doc: readonly (string | undefined)[];
  readonly values: readonly GoConstant[];
}

export interface GoConstant {
  readonly name: string;
  readonly value: string;
  readonly doc: string | undefined;
}

/** The field that distinguishes the messages of a channel, and the type of its values. */
export interface Discriminator {
  readonly field: string;
  readonly type: GoEnum;
}

type Building<T> = { -readonly [Field in keyof T]: T[Field] };

/** The named types of a document. Equal schemas of one name are one type; different ones get different names. */
export class GoTypes {
  readonly structs = new Map<string, GoStruct>();
  readonly enums = new Map<string, GoEnum>();
  readonly faults: UnsupportedError[] = [];
  readonly #names = new Names(USED_BY_RUNTIME.map((name) => name.toLowerCase()));
  readonly #byIdentity = new Map<Schema, string>();
  readonly #byTitle = new Map<string, { readonly fingerprint: string; readonly name: string }[]>();
  /** The items and values whose type is being made. */
  #open: readonly Schema[] = [];
  readonly #paths = new Map<string, Path>();
  #home = '';

  /** Returns a name that nothing else in the package has. */
  reserve(wanted: string): string {
    return this.#names.take(wanted);
  }

  /** Declares a type of texts. Each of its constants begins with its name. */
  enumOf(
    wanted: string,
    home: string,
    doc: readonly (string | undefined)[],
    values: readonly { readonly value: string; readonly doc: string | undefined }[],
  ): GoEnum {
    const name = this.reserve(wanted);
    const constants = values.map(({ value, doc: meaning }) => ({
      name: this.reserve(name + goName(value)),
      value,
      doc: meaning,
    }));
    const type = { name, home, doc, values: constants };
    this.enums.set(name, type);
    return type;
  }

  /** Declares the payload of a message. @returns the name of its struct; undefined if there is a fault. */
  payload(schema: Schema, { path, fallback, channel, discriminator }: PayloadOf): string | undefined {
    this.#home = channel;
    try {
      const { kind, schema: bare, isNullable } = kindOf(schema, path);
      if (kind.kind !== 'struct' || isNullable) {
        throw new UnsupportedError(
          path,
          'is no object with fields, for which Go has no struct; describe the fields of an object',
        );
      }
      return this.#struct(bare, path, {
        wanted: fallback,
        doc: `is the payload of the message ${fallback}.`,
        discriminator,
      });
    } catch (error) {
      this.#keep(error);
      return undefined;
    }
  }

  /** Returns the paths of structs that contain themselves without a field that may be nil between. */
  endless(): Path[] {
    const directly = (name: string): string[] =>
      (this.structs.get(name)?.fields ?? []).flatMap((field) =>
        field.type.kind.kind === 'struct' && !isPointer(field) ? [field.type.text] : [],
      );
    const reaches = (from: string, to: string, seen: Set<string>): boolean =>
      directly(from).some((next) => {
        if (next === to) return true;
        if (seen.has(next)) return false;
        seen.add(next);
        return reaches(next, to, seen);
      });
    return [...this.structs.values()]
      .filter(({ name }) => reaches(name, name, new Set()))
      .map(({ name }) => this.#paths.get(name) ?? []);
  }

  #keep(error: unknown): void {
    if (!(error instanceof UnsupportedError)) throw error;
    this.faults.push(error);
  }

  #struct(schema: Schema, path: Path, { wanted, doc, discriminator }: Naming): string {
    return this.#named(schema, wanted, (name) => {
      const { kind } = kindOf(schema, path);
      const struct: Building<GoStruct> = {
        name,
        home: this.#home,
        doc: [`${name} ${doc}`, schema.description],
        fields: [],
      };
      this.structs.set(name, struct);
      this.#paths.set(name, path);
      if (kind.kind !== 'struct') return;
      const fieldNames = new Names(METHODS.map((method) => method.toLowerCase()));
      struct.fields = kind.fields.flatMap(({ name: key, schema: fieldSchema, isRequired }) => {
        const fieldName = fieldNames.take(goName(key));
        const at = [...path, 'properties', key];
        this.#open = [];
        try {
          return [this.#field({ key, fieldSchema, isRequired, fieldName, at }, name, discriminator)];
        } catch (error) {
          this.#keep(error);
          return [];
        }
      });
    });
  }

  #field(
    { key, fieldSchema, isRequired, fieldName, at }: FieldOf,
    struct: string,
    discriminator: Discriminator | undefined,
  ): GoField {
    const { description: doc } = fieldSchema;
    if (discriminator?.field === key && isRequired) {
      const { kind } = kindOf(fieldSchema, at);
      const { name: text, values } = discriminator.type;
      const own = kind.kind === 'enum' ? kind.values : [];
      const constants = values.filter(({ value }) => own.includes(value)).map((one) => one.name);
      const type = { text, reader: `readText[${text}]`, hasNil: false, isNullable: false, kind, inner: undefined };
      return { name: fieldName, key, type, isRequired, doc, constants };
    }
    const type = this.#type(fieldSchema, at, {
      wanted: struct + fieldName,
      doc: `is the field ${key} of ${struct}.`,
      discriminator: undefined,
    });
    return {
      name: fieldName,
      key,
      type,
      isRequired,
      doc: doc ?? kindOf(fieldSchema, at).schema.description,
      constants: [],
    };
  }

  #type(schema: Schema, path: Path, naming: Naming): GoType {
    const { kind, isNullable, schema: bare } = kindOf(schema, path);
    const of = (text: string, reader: string, hasNil = false, inner?: GoType): GoType => ({
      text,
      reader,
      hasNil,
      isNullable,
      kind,
      inner,
    });
    switch (kind.kind) {
      case 'text':
        return of('string', 'readText[string]');
      case 'boolean':
        return of('bool', 'readBool');
      case 'number':
        return of('float64', 'readNumber');
      case 'integer': {
        const text = integerType(kind);
        return of(text, `readInteger[${text}]`);
      }
      case 'raw':
        return of('json.RawMessage', 'readRaw', true);
      case 'enum': {
        const [only, ...more] = kind.values;
        // A constant needs no type.
        if (only !== undefined && more.length === 0) return of('string', 'readText[string]');
        const name = this.#enum(bare, kind, naming);
        return of(name, `readText[${name}]`);
      }
      case 'struct': {
        const name = this.#struct(bare, path, naming);
        return of(name, `decode${name}`);
      }
      case 'list': {
        const inner = this.#inner(kind.items, [...path, 'items'], naming, 'Item');
        return of(`[]${inner.text}`, `listOf(${inner.reader})`, true, inner);
      }
      case 'map': {
        const inner = this.#inner(kind.values, [...path, 'additionalProperties'], naming, 'Value');
        return of(`map[string]${inner.text}`, `mapOf(${inner.reader})`, true, inner);
      }
    }
  }

  /** Returns the type of items or values. */
  #inner(schema: Schema, path: Path, { wanted, doc }: Naming, suffix: string): GoType {
    const { schema: bare, kind } = kindOf(schema, path);
    if (kind.kind !== 'struct' && this.#open.includes(bare)) {
      // A list or map has no name by which it could contain itself.
      throw new UnsupportedError(
        path,
        'contains itself without an object between, for which Go has no type; put an object between, or leave its items out',
      );
    }
    const outer = this.#open;
    // What contains a struct may be in it again: the struct has a name.
    this.#open = kind.kind === 'struct' ? [] : [...outer, bare];
    const type = this.#type(schema, path, { wanted: wanted + suffix, doc, discriminator: undefined });
    this.#open = outer;
    // Go encodes a list of bytes as base64.
    const isByte = suffix === 'Item' && type.text === 'uint8';
    const text = isByte ? 'uint16' : type.text;
    const reader = isByte ? 'readInteger[uint16]' : type.reader;
    if (!type.isNullable || type.hasNil) {
      return { ...type, text, reader };
    }
    return { ...type, text: `*${text}`, reader: `orNull(${reader})` };
  }

  #enum(schema: Schema, { values, meanings }: Kind & { readonly kind: 'enum' }, { wanted, doc }: Naming): string {
    return this.#named(schema, wanted, (name) => {
      const constants = values.map((value) => ({
        name: this.reserve(name + goName(value)),
        value,
        doc: meanings?.[value],
      }));
      this.enums.set(name, {
        name,
        home: this.#home,
        doc: [`${name} ${doc}`, schema.description, 'Readers must expect values that are not listed.'],
        values: constants,
      });
    });
  }

  /** Returns the name of a type, and declares it before its first use. */
  #named(schema: Schema, fallback: string, declare: (name: string) => void): string {
    const known = this.#byIdentity.get(schema);
    if (known !== undefined) return known;
    const wanted = goName(schema.title ?? componentName(schema) ?? fallback);
    const fingerprint = fingerprintOf(schema);
    const same = this.#byTitle.get(wanted) ?? [];
    const equal = same.find((one) => one.fingerprint === fingerprint);
    if (equal !== undefined) return equal.name;
    const name = this.#names.take(wanted);
    this.#byIdentity.set(schema, name);
    this.#byTitle.set(wanted, [...same, { fingerprint, name }]);
    declare(name);
    return name;
  }
}

export interface PayloadOf {
  readonly path: Path;
  readonly fallback: string;
  readonly channel: string;
  readonly discriminator: Discriminator | undefined;
}

interface Naming {
  /** The name of the type, if its schema has none. */
  readonly wanted: string;
  /** The rest of the sentence that describes it. */
  readonly doc: string;
  readonly discriminator: Discriminator | undefined;
}

interface FieldOf {
  readonly key: string;
  readonly fieldSchema: Schema;
  readonly isRequired: boolean;
  readonly fieldName: string;
  readonly at: Path;
}

/** The bounds of the types of integers. */
const INTEGERS: readonly (readonly [string, number, number])[] = [
  ['uint8', 0, 255],
  ['int8', -128, 127],
  ['uint16', 0, 65_535],
  ['int16', -32_768, 32_767],
  ['uint32', 0, 4_294_967_295],
  ['int32', -2_147_483_648, 2_147_483_647],
  ['uint64', 0, Infinity],
];

function integerType({ minimum = -Infinity, maximum = Infinity }: Numeric): string {
  return INTEGERS.find(([, least, greatest]) => least <= minimum && maximum <= greatest)?.[0] ?? 'int64';
}

/** Returns the bounds of a type of integers. */
export function boundsOf(type: string): readonly [number, number] {
  const [, least, greatest] = INTEGERS.find(([name]) => name === type) ?? ['', -Infinity, Infinity];
  return [least, greatest];
}

/** Whether a field is a pointer to a value. */
export function isPointer({ type, isRequired }: Pick<GoField, 'type' | 'isRequired'>): boolean {
  return !type.hasNil && (!isRequired || type.isNullable);
}
