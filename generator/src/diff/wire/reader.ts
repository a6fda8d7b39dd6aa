/** Reads records of a channel as generated code does: it chooses the message, then checks headers and payload. */
import { isUtf8 } from 'node:buffer';
import type { ErrorObject } from 'ajv';
import type { ContractChannel, ContractMessage, Header, Trait } from '../../shape.ts';
import { schemaOf } from '../../schemas.ts';
import type { Validated, Validators } from '../schema/validators.ts';
import { both, exactSchemas } from './exact.ts';
import { isObject } from '../../json-object.ts';
import { withRequiredFields } from './required-fields.ts';
import { decodedHeader, headerFault } from './headers.ts';
import type { WireHeaders } from './headers.ts';

/** What reads: the service; a client, which accepts what is new to it; or a client that does not. */
export type ReaderKind = 'service' | 'client' | 'strict';

export interface WireRecord {
  readonly key: Buffer | null;
  readonly headers: WireHeaders;
  readonly value: Buffer;
}

export type Read =
  | { readonly kind: 'message'; readonly message: ContractMessage }
  | { readonly kind: 'skip'; readonly type: string }
  | Refused;

export interface Refused {
  readonly kind: 'invalid';
  readonly code: 'INVALID_JSON' | 'INVALID_PAYLOAD' | 'UNKNOWN_TYPE' | 'INVALID_HEADERS';
  /** JSON pointer into payload or headers. */
  readonly pointer: string;
  /** The rest of a sentence whose subject is what the pointer leads to. */
  readonly sentence: string;
}

/** Bounds that only JavaScript has are no part of a contract. */
const NO_BOUNDS = { isBounded: false };
const OPTIONS = {
  service: { isClosed: false, ...NO_BOUNDS },
  client: { isClosed: false, isTolerant: true, ...NO_BOUNDS },
  strict: { isClosed: true, ...NO_BOUNDS },
} as const;

/** Returns the schema that a reader validates a payload by. */
export const readSchema = (kind: ReaderKind, message: ContractMessage) =>
  schemaOf(kind === 'strict' ? withRequiredFields(message.payload) : message.payload, OPTIONS[kind]);

/** Returns the schema of what a writer may send: only fields that the schema names, unless it allows others. */
export const sentSchema = (message: ContractMessage) =>
  schemaOf(withRequiredFields(message.payload), { isClosed: true, ...NO_BOUNDS });

type Chosen =
  | { readonly kind: 'chosen'; readonly message: ContractMessage }
  | { readonly kind: 'skip'; readonly type: string }
  | Refused;

/** Reads one channel. */
export class ChannelReader {
  readonly channel: ContractChannel;
  readonly kind: ReaderKind;
  readonly #validators: Validators;
  /** Validators by the payload's schema alone. */
  readonly #plain: Readonly<Record<ReaderKind, Map<ContractMessage, Validated>>> = { service: new Map(), client: new Map(), strict: new Map() }; // prettier-ignore
  readonly #headers: ReadonlyMap<string, readonly Header[]>;

  constructor(channel: ContractChannel, traits: readonly Trait[], kind: ReaderKind, validators: Validators) {
    this.channel = channel;
    this.kind = kind;
    this.#validators = validators;
    this.#headers = headersBySet(channel, traits, kind);
  }

  #plainValidatorOf(kind: ReaderKind, message: ContractMessage): Validated {
    const known = this.#plain[kind].get(message) ?? this.#validators.of(readSchema(kind, message), nameOf(this.channel, message)); // prettier-ignore
    this.#plain[kind].set(message, known);
    return known;
  }

  headersOf({ headerSet }: ContractMessage): readonly Header[] {
    return this.#headers.get(headerSet) ?? [];
  }

  validatorOf(message: ContractMessage): Validated {
    const name = nameOf(this.channel, message);
    const validator = this.#plainValidatorOf(this.kind, message);
    const exact = this.kind === 'client' ? exactSchemas(message) : undefined;
    if (exact === undefined) return validator;
    return both(validator, this.#validators.of(exact.known, name), this.#validators.of(exact.schema, name));
  }

  /** Reads a record as generated code does. */
  read({ headers, value }: WireRecord): Read {
    const { format, messages } = this.channel;
    const [first] = messages;
    if (format !== 'json') {
      if (format === 'text' && !isUtf8(value)) return refused('INVALID_PAYLOAD', '', 'is not UTF-8');
      const fault = headerFault(first === undefined ? [] : this.headersOf(first), headers);
      if (fault !== undefined) return refused('INVALID_HEADERS', pointerOf([fault.name]), fault.sentence);
      return first === undefined ? refused('UNKNOWN_TYPE', '', 'is in a channel without messages') : { kind: 'message', message: first }; // prettier-ignore
    }
    let payload: unknown;
    try {
      if (!isUtf8(value)) return refused('INVALID_JSON', '', 'is not UTF-8');
      payload = JSON.parse(value.toString());
    } catch {
      return refused('INVALID_JSON', '', 'is not JSON');
    }
    const chosen = this.choose(payload, headers);
    if (chosen.kind !== 'chosen') return chosen;
    const { message } = chosen;
    const fault = headerFault(this.headersOf(message), headers);
    if (fault !== undefined) return refused('INVALID_HEADERS', pointerOf([fault.name]), fault.sentence);
    const validator = this.validatorOf(message);
    if (validator.isValid(payload)) return { kind: 'message', message };
    const [error] = validator.errorsOf(payload);
    const { pointer, sentence } = error === undefined ? { pointer: '', sentence: 'is not valid' } : faultOf(error);
    return refused('INVALID_PAYLOAD', pointer, sentence);
  }

  /** Finds the message that a record is. */
  choose(payload: unknown, headers: WireHeaders): Chosen {
    const { apart, messages } = this.channel;
    if (messages.every((message) => message.payload.type === 'object') && !isObject(payload))
      return refused('INVALID_PAYLOAD', '', 'must be an object');
    const [first] = messages;
    switch (apart.by) {
      case 'nothing':
        return first === undefined ? refused('UNKNOWN_TYPE', '', 'is in a channel without messages') : { kind: 'chosen', message: first }; // prettier-ignore
      case 'field': {
        const type = isObject(payload) ? payload[apart.name] : undefined;
        if (typeof type !== 'string') return refused('INVALID_PAYLOAD', pointerOf([apart.name]), type === undefined ? 'is required' : 'must be string'); // prettier-ignore
        return this.#byType(type, apart.name);
      }
      case 'header': {
        const bytes = headers[apart.name];
        if (bytes === undefined || !isUtf8(bytes)) return refused('INVALID_HEADERS', pointerOf([apart.name]), 'is missing from the headers'); // prettier-ignore
        return this.#byType(bytes.toString(), apart.name);
      }
      case 'trial':
        return this.#byTrial(payload);
    }
  }

  #skipsUnknown(): boolean {
    return this.kind === 'client' || (this.kind === 'service' && this.channel.unknownTypes === 'skip');
  }

  #byType(type: string, name: string): Chosen {
    const message = this.channel.messages.find(({ types }) => types.includes(type));
    if (message !== undefined) return { kind: 'chosen', message };
    if (this.#skipsUnknown()) return { kind: 'skip', type };
    return refused('UNKNOWN_TYPE', pointerOf([name]), `is a type that is not known: ${JSON.stringify(type)}`);
  }

  #byTrial(payload: unknown): Chosen {
    const accepting = (kind: ReaderKind) =>
      distinct(this.channel.messages).filter((message) => this.#plainValidatorOf(kind, message).isValid(payload));
    // With unknown fields, a message may look like another one: a client first looks for one without them.
    let found = this.kind === 'client' ? accepting('strict') : accepting(this.kind);
    if (found.length === 0 && this.kind === 'client') found = accepting('client');
    const [only] = found;
    if (only !== undefined && found.length === 1) return { kind: 'chosen', message: only };
    if (only !== undefined) return refused('INVALID_PAYLOAD', '', `may be any of ${found.map(({ component }) => component).join(', ')}`); // prettier-ignore
    return this.#skipsUnknown() ? { kind: 'skip', type: 'unknown' } : refused('INVALID_PAYLOAD', '', 'is none of the messages'); // prettier-ignore
  }

  /** Returns the headers as values, without those that are malformed. */
  headerValues(message: ContractMessage, given: WireHeaders): Record<string, unknown> {
    const entries = this.headersOf(message).map((header) => [header.name, decodedHeader(header, given[header.name])] as const); // prettier-ignore
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
}

/** Messages of one payload are one for generated code. */
const distinct = (messages: readonly ContractMessage[]) => [...new Map(messages.map((message) => [message.payloadType, message])).values()]; // prettier-ignore

function headersBySet(channel: ContractChannel, traits: readonly Trait[], kind: ReaderKind) {
  return new Map(
    channel.headerSets.map(({ typeName, traits: names }) => {
      const all = names.flatMap((name) => traits.find((trait) => trait.typeName === name)?.headers ?? []);
      // A client accepts values that newer services may send.
      const read = kind === 'client' ? all.map((header) => (header.isOpen ? { ...header, values: undefined } : header)) : all; // prettier-ignore
      return [typeName, read] as const;
    }),
  );
}

export const nameOf = (channel: ContractChannel, message: ContractMessage) => `${channel.key}/${message.component}`;

const refused = (code: Refused['code'], pointer: string, sentence: string): Refused => ({ kind: 'invalid', code, pointer, sentence }); // prettier-ignore

export const pointerOf = (path: readonly string[]) => path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''); // prettier-ignore

/** Returns the place in the payload that an error is about. */
export function pointerIn({ instancePath, params }: ErrorObject): string {
  const { missingProperty, additionalProperty, unevaluatedProperty } = params as Readonly<Record<string, string | undefined>>; // prettier-ignore
  const name = missingProperty ?? additionalProperty ?? unevaluatedProperty;
  return name === undefined ? instancePath : `${instancePath}${pointerOf([name])}`;
}

/** Returns an error in words: the subject of a sentence, and its rest. */
export function faultOf(error: ErrorObject): Pick<Refused, 'pointer' | 'sentence'> {
  const { property } = error.params as { readonly property?: string };
  const isOfField = error.keyword === 'dependencies' && property !== undefined;
  return { pointer: isOfField ? `${error.instancePath}${pointerOf([property])}` : pointerIn(error), sentence: sentenceOf(error) }; // prettier-ignore
}

function sentenceOf({ keyword, params }: ErrorObject): string {
  const given = params as Readonly<Record<string, unknown>>;
  const limit = String(given['limit']);
  switch (keyword) {
    case 'required':
      return 'is required';
    case 'type':
      return `must be ${[given['type']].flat().join(' or ')}`;
    case 'const':
      return `must be ${JSON.stringify(given['allowedValue'])}`;
    case 'enum':
      return `must be one of ${(given['allowedValues'] as unknown[]).map((value) => JSON.stringify(value)).join(', ')}`;
    case 'pattern':
      return `must match ${String(given['pattern'])}`;
    case 'format':
      // A name with u begins with the sound of a consonant: uuid, uri.
      return `must be ${/^[aeio]/.test(String(given['format'])) ? 'an' : 'a'} ${String(given['format'])}`;
    case 'minLength':
    case 'maxLength':
      return `must have at ${keyword === 'minLength' ? 'least' : 'most'} ${limit} characters`;
    case 'minItems':
    case 'maxItems':
    case 'additionalItems':
      return `must have at ${keyword === 'minItems' ? 'least' : 'most'} ${limit} items`;
    case 'minProperties':
    case 'maxProperties':
      return `must have at ${keyword === 'minProperties' ? 'least' : 'most'} ${limit} fields`;
    case 'multipleOf':
      return `must be a multiple of ${String(given['multipleOf'])}`;
    case 'uniqueItems':
      return 'must have no item twice';
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'is a field that is not in the contract';
    case 'anyOf':
      return 'must be one of the alternatives';
    case 'oneOf':
      return 'must be exactly one of the alternatives';
    case 'not':
      return 'must not be what the rule "not" forbids';
    case 'contains':
      return 'must have an item of the given kind';
    case 'propertyNames':
      return 'must have field names of the given form';
    case 'dependencies':
      return `needs ${String(given['missingProperty'])}`;
    case 'false schema':
      return 'must not be there';
    default:
      return 'comparison' in given
        ? `must be ${String(given['comparison'])} ${limit}`
        : `must keep the rule ${keyword}`;
  }
}
