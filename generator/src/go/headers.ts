/** Writes the headers of messages: a struct for each trait, one for each set of traits, and their codecs. */
import type { Contract, ContractChannel, Header, HeaderSet, Trait } from '../shape.ts';
import { Names } from '../identifiers.ts';
import { aligned, comment, func, paragraphsOf, quoted } from './layout.ts';
import { goName } from './names.ts';
import { goPattern, PatternError } from './pattern.ts';
import type { Patterns } from './patterns.ts';
import type { GoEnum, GoTypes } from './types.ts';

/** A header as a field of a struct. */
interface HeaderField {
  readonly header: Header;
  readonly name: string;
  readonly type: string;
  readonly form: string;
}

interface TraitStruct {
  readonly name: string;
  readonly fields: readonly HeaderField[];
}

/** The headers of a channel in Go. */
export interface ChannelHeaders {
  readonly type: string;
  /** The function that reads them. */
  readonly reader: string;
}

/** The headers of a package. */
export class GoHeaders {
  /** Why headers cannot be written: the rest of a sentence, by trait and header. */
  readonly faults: { readonly header: string; readonly sentence: string }[] = [];
  readonly enums: GoEnum[] = [];
  readonly #types: GoTypes;
  readonly #patterns: Patterns;
  /** The variable of each form. */
  readonly #forms = new Map<string, string>();
  readonly #formNames = new Names();
  readonly #traits = new Map<string, TraitStruct>();
  /** The name of the struct of each set. */
  readonly #sets = new Map<string, string>();
  /** The name of the first struct of each combination of traits. */
  readonly #byTraits = new Map<string, string>();

  constructor(contract: Contract, types: GoTypes, patterns: Patterns) {
    this.#types = types;
    this.#patterns = patterns;
    for (const trait of contract.traits) this.#traits.set(trait.typeName, this.#struct(trait));
    for (const { headerSets } of contract.channels) {
      for (const { typeName, traits } of headerSets) {
        const trait = traits.length === 1 && traits[0] === typeName ? this.#traits.get(typeName) : undefined;
        const name = this.#sets.get(typeName) ?? trait?.name ?? types.reserve(goName(typeName));
        this.#sets.set(typeName, name);
        const key = traits.join(',');
        if (!this.#byTraits.has(key)) this.#byTraits.set(key, name);
      }
    }
  }

  /** Returns the type of a channel's headers, and the function that reads them. */
  of({ headersType, headerSets }: ContractChannel): ChannelHeaders {
    const key = headerSets[0]?.traits.join(',') ?? '';
    const type = this.#sets.get(headersType) ?? headersType;
    return { type, reader: `decode${this.#byTraits.get(key) ?? type}` };
  }

  /** Returns the content of the file. */
  lines({ channels }: Contract): string[] {
    const sets = new Map(channels.flatMap(({ headerSets }) => headerSets).map((set) => [set.typeName, set]));
    return [
      ...this.#formLines(),
      ...[...this.#traits.values()].flatMap((trait) => traitLines(trait)),
      ...[...sets.values()].flatMap((set) => this.#setLines(set)),
    ];
  }

  #struct({ typeName, headers }: Trait): TraitStruct {
    const name = this.#types.reserve(goName(typeName));
    const fieldNames = new Names();
    const fields = headers.map((header) => {
      const { type, form } = this.#formOf(header, name);
      return { header, name: fieldNames.take(goName(header.name)), type, form };
    });
    return { name, fields };
  }

  #formOf(header: Header, trait: string): { readonly type: string; readonly form: string } {
    const { encoding, values, maxLength = -1, maxMembers = -1 } = header;
    switch (encoding) {
      case 'uuid':
        return { type: 'string', form: 'uuidForm' };
      case 'ascii':
        return { type: 'string', form: this.#variable(header, `asciiForm(${maxLength})`) };
      case 'uint16be':
        return { type: 'uint16', form: 'uint16Form' };
      case 'traceparent':
        return { type: 'string', form: 'traceparentForm' };
      case 'integer':
        return { type: 'int64', form: 'integerForm' };
      case 'number':
        return { type: 'float64', form: 'numberForm' };
      case 'boolean':
        return { type: 'bool', form: 'boolForm' };
      case 'json':
        return { type: 'json.RawMessage', form: 'jsonForm' };
      case 'text':
      case 'tracestate': {
        if (values !== undefined) return this.#listed(header, values, trait);
        const pattern = this.#patternOf(header);
        const form = `textForm[string](${pattern}, ${maxLength}, ${maxMembers})`;
        return { type: 'string', form: this.#variable(header, form) };
      }
    }
  }

  /** A text from a list: a type of its own if it has a title. */
  #listed(header: Header, values: readonly string[], trait: string) {
    const { title, doc, meanings, name } = header;
    if (title === undefined)
      return { type: 'string', form: this.#variable(header, `oneOf(${values.map(quoted).join(', ')})`) };
    const known = this.enums.find((one) => one.name === goName(title));
    const type =
      known ??
      this.#types.enumOf(
        goName(title),
        '',
        [
          `${goName(title)} is the header ${name} of ${trait}.`,
          ...paragraphsOf(doc),
          'Readers must expect values that are not listed.',
        ],
        values.map((value) => ({ value, doc: meanings?.[value] })),
      );
    if (known === undefined) this.enums.push(type);
    const form = `oneOf(${type.values.map((value) => value.name).join(', ')})`;
    return { type: type.name, form: this.#variable(header, form) };
  }

  /** Returns the variable of a form. Headers of the same form share it. */
  #variable({ name }: Header, form: string): string {
    const exported = goName(name);
    const known = this.#forms.get(form) ?? this.#formNames.take(`form${exported}`);
    this.#forms.set(form, known);
    return known;
  }

  #formLines(): string[] {
    if (this.#forms.size === 0) return [];
    const rows = [...this.#forms].map(([form, name]) => ({ comment: [], cells: [name, `= ${form}`] }));
    return ['', 'var (', ...aligned(rows), ')'];
  }

  #patternOf({ pattern, name }: Header): string {
    if (pattern === undefined) return 'nil';
    try {
      return this.#patterns.nameOf(goPattern(pattern));
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      this.faults.push({ header: name, sentence: `has an expression that ${error.message}; write a simpler one` });
      return 'nil';
    }
  }

  #setLines({ typeName, traits }: HeaderSet): string[] {
    const name = this.#sets.get(typeName) ?? typeName;
    const parts = traits.flatMap((trait) => this.#traits.get(trait) ?? []);
    const [only] = parts;
    // Headers of their own: the struct is that of the trait.
    if (parts.length === 1 && only?.name === name) return [];
    const key = traits.join(',');
    const same = this.#byTraits.get(key);
    const doc = `${name} are the headers of the messages of a channel.`;
    if (same !== undefined && same !== name) {
      return ['', ...comment([`${name} are the same as ${same}.`]), `type ${name} = ${same}`];
    }
    const body = parts.flatMap((part) => [
      `if value.${part.name}, fault = decode${part.name}(headers); fault != nil {`,
      '\treturn value, fault',
      '}',
    ]);
    return [
      '',
      ...comment([doc]),
      ...(parts.length === 0
        ? [`type ${name} struct{}`]
        : [`type ${name} struct {`, ...parts.map((part) => `\t${part.name}`), '}']),
      ...func(
        [],
        `decode${name}(${parts.length === 0 ? '_' : 'headers'} []Header) (value ${name}, fault *ContractError)`,
        [...body, 'return value, nil'],
      ),
      ...func(
        [],
        `(${parts.length === 0 ? '' : 'value '}${name}) write(${parts.length === 0 ? '_' : 'w'} *headerWriter)`,
        parts.map((part) => `value.${part.name}.write(w)`),
      ),
    ];
  }
}

function traitLines({ name, fields }: TraitStruct): string[] {
  const rows = fields.map((field) => ({
    comment: comment(docOf(field), '\t'),
    cells: [field.name, isOptionalPointer(field) ? `*${field.type}` : field.type],
  }));
  const reads = fields.map((field) => {
    const { header, form } = field;
    const args = `(r, ${quoted(header.name)}, ${form})`;
    if (header.required) return `value.${field.name} = requiredHeader${args}`;
    const read = `optionalHeader${args}`;
    return `value.${field.name} = ${isOptionalPointer(field) ? read : `valueOf(${read})`}`;
  });
  const parent = fields.find(({ header }) => header.encoding === 'traceparent');
  const dependent = fields.filter(({ header }) => header.encoding === 'tracestate');
  return [
    '',
    ...comment([`${name} are headers of messages. An empty one that is not required is not sent.`]),
    ...(fields.length === 0 ? [`type ${name} struct{}`] : [`type ${name} struct {`, ...aligned(rows), '}']),
    ...func([], `decode${name}(headers []Header) (value ${name}, fault *ContractError)`, [
      'r := &headerReader{headers: headers}',
      ...reads,
      ...(parent === undefined
        ? []
        : dependent.flatMap((field) => [`if value.${parent.name} == "" {`, `\tvalue.${field.name} = ""`, '}'])),
      'return value, r.fault',
    ]),
    ...func([], `(value ${name}) write(w *headerWriter)`, fields.map(writeOf)),
  ];
}

function docOf({ header, name }: HeaderField): string[] {
  const paragraphs = paragraphsOf(header.doc);
  const [first, ...rest] = paragraphs;
  const means = `${name} is the header ${header.name}${header.required ? '' : ', which may be absent'}.`;
  return [[means, first].filter(Boolean).join(' '), ...rest];
}

/** Whether the field of a header is a pointer: only an empty text can mean that there is none. */
function isOptionalPointer({ header, type }: HeaderField): boolean {
  return !header.required && /^(?:uint16|int64|float64|bool)$/.test(type);
}

function writeOf(field: HeaderField): string {
  const { header, name, form, type } = field;
  const args = `(w, ${quoted(header.name)}, value.${name}, ${form})`;
  if (header.required) return `writeHeader${args}`;
  if (isOptionalPointer(field)) return `writeOptional${args}`;
  return `${type === 'json.RawMessage' ? 'writeBytes' : 'writeText'}${args}`;
}
