/** Reads the headers of messages: as the traits that messages share, and what is left of each message. */
import type { LoadedDocument, Schema } from './document.ts';
import type { Path } from './pointer.ts';
import { isRequired } from './discrimination.ts';
import { Names, pascalCase, typeName } from './identifiers.ts';
import type { Header, HeaderEncoding, HeaderSet, Trait } from './shape.ts';
import { docComment } from './words.ts';

const ENCODINGS: readonly string[] = ['text', 'uuid', 'ascii', 'uint16be', 'traceparent', 'tracestate'];

/** Reports a fault, or what a user should know. */
type Report = (path: Path, sentence: string) => void;

/** A message of a channel, as its headers are concerned. */
interface WithHeaders {
  readonly component: string;
  readonly headers: Schema | undefined;
  /** The names of its traits among the components. */
  readonly traits: readonly string[];
  readonly path: Path;
}

interface ChannelHeaders {
  /** The type of the headers of any message. */
  readonly headersType: string;
  readonly headers: readonly Header[];
  readonly sets: readonly HeaderSet[];
  /** The name of the set of each message. */
  readonly of: readonly string[];
}

/** The traits of a document that carry headers, and further ones for headers that stand in messages. */
export class HeaderTraits {
  readonly #shared: ReadonlyMap<string, Trait>;
  readonly #own: Trait[] = [];
  readonly #names: Names;
  readonly #fault: Report;
  readonly #note: Report;
  /** Values and name of each type of a header's values, by title: headers of one title may have others. */
  readonly #titled = new Map<string, { readonly values: string; readonly name: string }>();

  constructor({ resolved }: LoadedDocument, fault: Report, note: Report) {
    // Traits may carry other things than headers.
    const traits = Object.entries(resolved.components?.messageTraits ?? {}).filter(([, trait]) => trait.headers);
    this.#fault = fault;
    this.#note = note;
    this.#names = new Names();
    this.#shared = new Map(
      traits.map(([name, { headers }]) => [
        name,
        {
          typeName: this.#names.take(typeName(name)),
          // What it requires and does not describe may be described by a message, or by another trait.
          headers: this.#headersOf(headers, ['components', 'messageTraits', name, 'headers']).filter(
            (header) => !undescribedOf(headers).includes(header.name),
          ),
        },
      ]),
    );
  }

  all(): Trait[] {
    return [...this.#shared.values(), ...this.#own];
  }

  /** Returns the headers of a channel: one set if its messages have the same headers, otherwise one for each message. */
  setsOf(channel: string, messages: readonly WithHeaders[], canTellApart: boolean): ChannelHeaders {
    const each = messages.map((message) => this.#partsOf(message));
    const parts = canTellApart ? each : asOne(each);
    const fingerprints = new Set(parts.map((part) => JSON.stringify(part)));
    const headers = new Map(
      parts.flatMap((part) =>
        [...part.traits.flatMap((trait) => trait.headers), ...part.own].map((header) => [header.name, header]),
      ),
    );
    for (const [index, part] of parts.entries()) {
      const different = [...part.traits.flatMap((trait) => trait.headers), ...part.own].find(
        (header) => headers.get(header.name)?.encoding !== header.encoding,
      );
      if (different !== undefined) {
        this.#fault(
          [...(messages[index]?.path ?? []), 'headers', 'properties', different.name],
          `is a header of another type than in another message of the channel; give both the same type, or other names`,
        );
      }
    }
    const isShared = fingerprints.size === 1;
    const headersName = `${pascalCase(channel)}Headers`;
    const sets = new Map<string, HeaderSet>();
    const of = parts.map((own, index) => {
      const wanted = isShared
        ? headersName
        : `${pascalCase(channel)}${pascalCase(messages[index]?.component ?? '')}Headers`;
      const set = sets.get(wanted) ?? this.#setOf(own, wanted);
      sets.set(wanted, set);
      return set.typeName;
    });
    const [only] = sets.values();
    const headersType = isShared && only !== undefined ? only.typeName : this.#names.take(headersName);
    return { headersType, headers: [...headers.values()], sets: [...sets.values()], of };
  }

  /** Headers of their own are a trait with the set's name if there is nothing else. */
  #setOf({ traits, own }: Parts, wanted: string): HeaderSet {
    const names = traits.map((trait) => trait.typeName);
    if (names.length === 0 && own.length > 0) {
      const name = this.#declare(wanted, own);
      return { typeName: name, traits: [name] };
    }
    if (own.length > 0) names.push(this.#declare(wanted.replace(/Headers$/, 'OwnHeaders'), own));
    const isTrait = names.length === 1 && names[0] === wanted;
    return { typeName: isTrait ? wanted : this.#names.take(wanted), traits: names };
  }

  /** Reads headers. Those with the title of a type that has other values get no type of their own. */
  #headersOf(schema: Schema | undefined, path: Path): Header[] {
    return headersOf(schema, path, this.#fault).map((header) => {
      const { title, values } = header;
      if (title === undefined || values === undefined) return header;
      const text = JSON.stringify(values);
      const known = this.#titled.get(title) ?? { values: text, name: this.#names.take(title) };
      this.#titled.set(title, known);
      return { ...header, title: known.values === text ? known.name : undefined };
    });
  }

  #declare(name: string, headers: readonly Header[]): string {
    const taken = this.#names.take(name);
    this.#own.push({ typeName: taken, headers });
    return taken;
  }

  /** A trait counts if all its headers are in the message as it describes them; a message may replace some of them. */
  #partsOf({ headers: schema, traits: names, path }: WithHeaders): Parts {
    const all = this.#headersOf(schema, [...path, 'headers']);
    const asMerged = new Map(all.map((header) => [header.name, meaningOf(header)]));
    const shared = names.flatMap((name) => this.#shared.get(name) ?? []);
    const required = new Set(all.filter((header) => header.required).map(({ name }) => name));
    const lost = shared
      .flatMap(({ headers }) => headers.filter((header) => header.required && !required.has(header.name)))
      .map(({ name }) => name);
    if (lost.length > 0) {
      const lostNames = [...new Set(lost)].join(', ');
      this.#note(
        [...path, 'traits'],
        `loses required headers where its traits merge: ${lostNames}; the last list of required headers replaces the others`,
      );
    }
    const traits = shared.filter(({ headers }) =>
      headers.every((header) => asMerged.get(header.name) === meaningOf(header)),
    );
    const covered = new Set(traits.flatMap(({ headers }) => headers.map(({ name }) => name)));
    return { traits, own: all.filter(({ name }) => !covered.has(name)) };
  }
}

/** Returns what headers have in common that are read alike: one that a reader always finds may be required or not. */
const meaningOf = ({ required, ...header }: Header) =>
  JSON.stringify({ ...header, required: required && !header.always });

type Parts = { readonly traits: readonly Trait[]; readonly own: readonly Header[] };

/** Returns headers that suit each of the messages, which a reader cannot tell apart: those that differ are optional. */
function asOne(each: readonly Parts[]): Parts[] {
  if (new Set(each.map((parts) => JSON.stringify(parts))).size <= 1) return [...each];
  const all = each.flatMap(({ traits, own }) => [...traits.flatMap(({ headers }) => headers), ...own]);
  const own = [...new Map(all.map((header) => [header.name, { ...header, required: false, always: false }])).values()];
  return each.map(() => ({ traits: [], own }));
}

/** Reads a schema of headers. */
function headersOf(schema: Schema | undefined, path: Path, fault: Report): Header[] {
  const properties = propertiesOf(schema);
  return [...properties].map(([name, header]) => {
    const at = [...path, 'properties', name];
    const encoding = encodingOf(header);
    if (encoding === undefined) {
      fault(at, `has x-encoding ${String(header['x-encoding'])}, which is unknown; known are ${ENCODINGS.join(', ')}`);
    }
    // A read-only header is set on sending: it is not given by the code that makes the message, nor required by a reader.
    const required = isRequired(schema, name) && header.readOnly !== true;
    const values = valuesOf(header);
    return {
      name,
      doc: docComment(header.description),
      encoding: encoding ?? 'text',
      required,
      // A trace starts here if the message has none.
      always: required || encoding === 'traceparent',
      pattern: header.pattern,
      maxLength: header.maxLength,
      maxMembers: header['x-max-members'],
      values: encoding === 'text' ? values?.map(String) : undefined,
      isOpen: header['x-open-enum'] === true,
      meanings: header['x-meanings'],
      title: header.title === undefined ? undefined : typeName(header.title),
    };
  });
}

const valuesOf = (header: Schema): readonly unknown[] | undefined => ('const' in header ? [header.const] : header.enum);

/** Returns the encoding of a header. Without an encoding in the document, text that is no string is its usual notation. */
export function encodingOf(header: Schema): HeaderEncoding | undefined {
  const named = header['x-encoding'];
  if (named !== undefined) return ENCODINGS.includes(named) ? (named as HeaderEncoding) : undefined;
  const [type = 'string', ...others] = new Set(typesOf(header).filter((one) => one !== 'null'));
  if (others.length > 0) return 'json';
  switch (type) {
    case 'integer':
    case 'number':
    case 'boolean':
      return type;
    case 'object':
    case 'array':
      return 'json';
    default:
      return 'text';
  }
}

/** Returns the types of the values of a header. Without any in the document, it is text. */
function typesOf(header: Schema): string[] {
  const types = header.type === undefined ? (valuesOf(header) ?? []).map(jsonType) : [header.type].flat();
  return types.length === 0 ? ['string'] : types;
}

function jsonType(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

/** Returns the headers that a schema describes, also those of its parts, and those that it only requires: they are text. */
export function propertiesOf(schema: Schema | undefined): Map<string, Schema> {
  const undescribed = undescribedOf(schema).map((name): [string, Schema] => [name, {}]);
  return new Map([...undescribed, ...describedOf(schema)]);
}

/** Returns the same schema, with a description of each header that it only requires. */
export function withUndescribed(schema: Schema): Schema {
  const object = { ...schema, type: 'object' };
  const undescribed = undescribedOf(schema).map((name) => [name, {}] as const);
  if (undescribed.length === 0) return object;
  return { ...object, properties: { ...Object.fromEntries(undescribed), ...schema.properties } };
}

/** Returns the headers that a schema requires and does not describe. */
function undescribedOf(schema: Schema | undefined): string[] {
  const described = describedOf(schema);
  return [...new Set(requiredOf(schema))].filter((name) => !described.has(name));
}

const alternativesOf = ({ oneOf = [], anyOf = [] }: Schema): readonly Schema[] => [...oneOf, ...anyOf];

const requiredOf = (schema: Schema | undefined): string[] => [
  ...(schema?.required ?? []),
  ...[...(schema?.allOf ?? []), ...alternativesOf(schema ?? {})].flatMap(requiredOf),
];

function describedOf(schema: Schema | undefined): Map<string, Schema> {
  const alternatives = new Map<string, Schema[]>();
  for (const [name, header] of alternativesOf(schema ?? {}).flatMap((one) => [...describedOf(one)]))
    alternatives.set(name, [...(alternatives.get(name) ?? []), header]);
  const parts = (schema?.allOf ?? []).flatMap((part) => [...describedOf(part)]);
  const own = Object.entries(schema?.properties ?? {}).map(([name, header]): [string, Schema] => [
    name,
    // A boolean in the document: any value, or none.
    typeof header === 'object' ? wholeOf(header) : {},
  ]);
  return new Map([...[...alternatives].map(([name, all]) => [name, alternativeOf(all)] as const), ...parts, ...own]);
}

/** Returns a header with what the parts say that it combines, if there is no choice. Its own words win. */
function wholeOf(header: Schema): Schema {
  const { allOf = [], ...own } = header;
  const only = [own.anyOf, own.oneOf].flatMap((list) => (list?.length === 1 ? list : []));
  return [...[...allOf, ...only].map(wholeOf), own].reduce((whole, part) => ({ ...whole, ...part }));
}

/** Returns a header that has the values of each of several ones. */
function alternativeOf(headers: readonly Schema[]): Schema {
  const [first = {}] = headers;
  if (new Set(headers.map((header) => JSON.stringify(header))).size === 1) return first;
  const encoding = first['x-encoding'];
  const isShared = encoding !== undefined && headers.every((header) => header['x-encoding'] === encoding);
  const values = headers.map((header) => (header['x-open-enum'] === true ? undefined : valuesOf(header)));
  return {
    ...(isShared && { 'x-encoding': encoding }),
    ...(values.includes(undefined)
      ? { type: [...new Set(headers.flatMap(typesOf))] }
      : { enum: [...new Set(values.flatMap((own) => own ?? []))] }),
  };
}
