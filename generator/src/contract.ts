/**
 * Makes the input of the templates: the document's channels, messages and headers, with their names in code. Everything that a
 * template would have to decide twice is decided here.
 */
import { basename } from 'node:path';
import {
  discriminationOf,
  distinctValues,
  fieldOfAlternatives,
  fieldWithNames,
  hasRequired,
} from './discrimination.ts';
import { ContractError } from './contract-error.ts';
import { isJsonSchema } from './schema-language.ts';
import { segmentsOf } from './pointer.ts';
import type {
  ChannelObject,
  DocumentFault,
  LoadedDocument,
  MessageObject,
  Reference,
  Schema,
  RawDocument,
  RawOperation,
} from './document.ts';
import type { Path } from './pointer.ts';
import { HeaderTraits } from './headers.ts';
import { camelCase, kebabCase, Names, pascalCase } from './identifiers.ts';
import { formatOf } from './format.ts';
import type {
  Apart,
  Contract,
  ContractChannel,
  ContractMessage,
  ContractOperation,
  Direction,
  Format,
  Key,
  Role,
} from './shape.ts';
import { componentName, Types } from './types.ts';
import { commonLastWord, docComment } from './words.ts';

/** The contract, its types, and notes for the user. */
export interface ReadContract {
  readonly contract: Contract;
  readonly types: Types;
  readonly notes: readonly string[];
}

/**
 * Reads the contract from a document.
 *
 * @param isLenient whether what is read is enough, even if no code can be generated from it.
 * @throws {ContractError} with all its faults.
 */
export function contractOf(document: LoadedDocument, source: string, role: Role, isLenient = false): ReadContract {
  const { resolved } = document;
  const reader = new Reader(document, role, isLenient);
  const channels = Object.entries(resolved.channels ?? {}).flatMap(([key, channel]) => reader.channel(key, channel));
  const operations = reader.operations(channels);
  if (channels.length === 0)
    reader.fault(['channels'], 'there is no channel with messages, so there is nothing to generate');
  if (reader.faults.length > 0 && !isLenient) {
    const lines = reader.faults.map(({ path, sentence }) => `${document.locate(path)} ${sentence}`);
    throw new ContractError(source, [...new Set(lines)]);
  }
  const { title = source, version = '0.0.0' } = resolved.info ?? {};
  const contract: Contract = {
    title,
    version,
    role,
    source: basename(source),
    channels,
    traits: reader.traits.all(),
    operations,
  };
  return { contract, types: reader.types, notes: [...document.notes, ...reader.notes] };
}

/** Names that the files of channels, or the file that exports them all, use themselves. */
const USED_IN_BINDINGS = [
  ...['judge', 'encode', 'record', 'message', 'headers', 'key', 'channels', 'operations', 'correlationIds'],
  ...['checkMessage', 'decodeBytes', 'decodeRecord', 'decodeText', 'faultUnlessValid', 'mustBeValid', 'presentHeaders'],
  ...['encodeKey', 'decodeKey', 'encodeTextKey', 'decodeTextKey', 'ContractFault'],
];

class Reader {
  readonly types: Types;
  readonly traits: HeaderTraits;
  readonly faults: DocumentFault[] = [];
  readonly notes: string[] = [];
  readonly #document: LoadedDocument;
  readonly #role: Role;
  readonly #isLenient: boolean;
  readonly #directions: ReadonlyMap<string, ReadonlySet<'receive' | 'send'>>;
  readonly #channelNames = new Names(USED_IN_BINDINGS);
  readonly #fileNames = new Names();
  readonly #exampleNames = new Names();

  constructor(document: LoadedDocument, role: Role, isLenient: boolean) {
    this.#document = document;
    this.#role = role;
    this.#isLenient = isLenient;
    this.#directions = directionsOf(document);
    this.types = new Types(role);
    this.traits = new HeaderTraits(
      document,
      (path, sentence) => this.fault(path, sentence),
      (path, sentence) => this.notes.push(`${document.locate(path)} ${sentence}`),
    );
  }

  fault(path: Path, sentence: string): void {
    this.faults.push({ path, sentence });
  }

  channel(key: string, channel: ChannelObject): ContractChannel[] {
    const path = ['channels', key];
    const entries = Object.entries(channel.messages ?? {});
    if (entries.length === 0) {
      this.notes.push(`${this.#document.locate(path)} has no messages, and is left out`);
      if (!this.#isLenient) return [];
    }
    const name = this.#channelNames.take(camelCase(key));
    const direction = this.#direction(key);
    const named = entries.map(([messageKey, message]) => ({
      message,
      path: [...path, 'messages', messageKey],
      component: messageName(this.#document, key, messageKey, message),
    }));
    const formats = named.map(({ message, path: at }) => {
      const { format, note } = formatOf(message, this.#document.resolved.defaultContentType);
      if (note !== undefined) this.notes.push(`${this.#document.locate(at)} ${note}`);
      return format;
    });
    const format = new Set(formats).size === 1 ? (formats[0] ?? 'bytes') : 'bytes';
    if (new Set(formats).size > 1) {
      this.notes.push(
        `${this.#document.locate(path)} has messages of several formats, so their values are bytes in code`,
      );
    }

    const payloads = named.map(({ message }) => payloadOf(message));
    const apart = this.#apart(payloads, named, format);
    const headerSets = this.traits.setsOf(
      name,
      named.map(({ message, component, path: at }) => ({
        component,
        headers: schemaIn(message.headers),
        traits: traitNames(this.#document, key, at),
        path: at,
      })),
      format === 'json',
    );
    const constructors = new Names();
    const messages = named.map(({ message, component, path: at }, index): ContractMessage => {
      const payload = payloads[index] ?? {};
      const payloadType = format === 'json' ? this.types.payload(payload, component, name) : FORMAT_TYPES[format];
      const constructorName = constructors.take(camelCase(component));
      return {
        component,
        path: at,
        constructorName,
        examplesName: this.#exampleNames.take(constructorName),
        doc: docComment(message.summary, message.description),
        types: apart.values[index] ?? [component],
        payloadType,
        home: this.types.get(payloadType)?.home ?? name,
        payload,
        isClosed: direction === 'send',
        hasStrict: this.#role === 'client' && direction !== 'send' && apart.apart.by === 'trial',
        headers: schemaIn(message.headers) ?? { type: 'object', properties: {} },
        headerSet: headerSets.of[index] ?? '',
        correlationId: message.correlationId?.location,
        examples: message.examples ?? [],
      };
    });
    const address = addressOf(key, channel);
    return [
      {
        key,
        name,
        title: channel.title ?? key,
        fileName: this.#fileNames.take(kebabCase(key)),
        doc: docComment(channel.summary, channel.description),
        direction,
        env: channel['x-env'],
        address,
        parameters: [...(address ?? '').matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? ''),
        partitions: channel.bindings?.kafka?.partitions,
        config: topicConfig(channel),
        unknownTypes: this.#role === 'client' || channel['x-unknown-types'] === 'skip' ? 'skip' : 'refuse',
        apart: apart.apart,
        format,
        union: this.#union(name, messages, format),
        headersType: headerSets.headersType,
        headers: headerSets.headers,
        headerSets: headerSets.sets,
        messages,
        recordKey: this.#key(named, payloads),
      },
    ];
  }

  operations(channels: readonly ContractChannel[]): ContractOperation[] {
    const { raw, resolved } = this.#document;
    const names = new Map(channels.map(({ key, name }) => [key, name]));
    const components = (key: string | undefined, references: readonly Reference[] | undefined) => {
      const messages = channels.find((channel) => channel.key === key)?.messages ?? [];
      if (references === undefined) return messages.map(({ component }) => component);
      const wanted = references.map(({ $ref }) => lastSegment($ref));
      return messages.filter(({ path }) => wanted.includes(String(path.at(-1)))).map(({ component }) => component);
    };
    return Object.entries(rawOperations(raw)).flatMap(([id, operation]): ContractOperation[] => {
      const key = channelKey(operation.channel);
      const channel = names.get(key ?? '');
      const { summary, description, bindings, action, reply } = resolved.operations?.[id] ?? {};
      if (channel === undefined) {
        if (operation.channel === undefined) {
          this.fault(
            ['operations', id],
            'is not in this document; move the operation here, so that its channel is known',
          );
        }
        return [];
      }
      const replyKey = channelKey(operation.reply?.channel);
      const groupId = bindings?.kafka?.groupId;
      const group = groupId?.const ?? (groupId?.enum?.length === 1 ? groupId.enum[0] : groupId?.default);
      return [
        {
          id,
          doc: docComment(summary, description),
          action: seen(action === 'send' ? 'send' : 'receive', this.#role),
          channel,
          messages: components(key, operation.messages),
          // The group of the service is not that of its clients.
          groupId: typeof group === 'string' && this.#role === 'service' ? group : undefined,
          reply:
            reply === undefined
              ? undefined
              : {
                  channel: names.get(replyKey ?? ''),
                  address: reply.address?.location,
                  messages: components(replyKey, operation.reply?.messages),
                },
        },
      ];
    });
  }

  /** Returns the name of the type of any message: the payload's own if there is only one of that name. */
  #union(channel: string, messages: readonly ContractMessage[], format: Format): string {
    const name = unionName(channel, messages, format);
    const isPayload = messages.length > 0 && messages.every(({ payloadType }) => payloadType === name);
    return format !== 'json' || isPayload ? name : this.types.reserve(name);
  }

  /** A channel without an operation may be used both ways. */
  #direction(key: string): Direction {
    const found = this.#directions.get(key);
    const [only] = found ?? [];
    return found?.size === 1 && only !== undefined ? seen(only, this.#role) : 'both';
  }

  #apart(
    payloads: readonly Schema[],
    named: readonly { readonly message: MessageObject; readonly path: Path }[],
    format: string,
  ): { readonly apart: Apart; readonly values: readonly (readonly string[])[] } {
    const wanted = payloads.find(({ discriminator }) => discriminator !== undefined)?.discriminator;
    const messages = named.map(({ message }, index) => ({
      name: message.name,
      payload: payloads[index] ?? {},
      headers: schemaIn(message.headers),
    }));
    if (format !== 'json') return { apart: { by: 'nothing' }, values: [] };
    if (messages.length === 1) {
      // With a constant type a reader can name the message, and skip others that are added later.
      const field = wanted ?? fieldWithNames(messages) ?? fieldOfAlternatives(payloads[0] ?? {});
      const values = field === undefined ? undefined : distinctValues(payloads, field);
      return field === undefined || values === undefined
        ? { apart: { by: 'nothing' }, values: [] }
        : { apart: { by: 'field', name: field }, values };
    }
    const found = discriminationOf(messages, wanted);
    return found.by === 'trial'
      ? { apart: { by: 'trial' }, values: [] }
      : { apart: { by: found.by, name: found.name }, values: found.values };
  }

  #key(
    named: readonly { readonly message: MessageObject; readonly path: Path }[],
    payloads: readonly Schema[],
  ): Key | undefined {
    const keys = named.map(({ message }) => message.bindings?.kafka?.key);
    const [schema] = keys;
    if (keys.every((key) => key === undefined)) return undefined;
    const isSame = new Set(keys.map((key) => JSON.stringify(key))).size === 1;
    if (schema === undefined || !isSame) return { field: undefined, encoding: 'bytes', schema: {} };
    const at = [...(named[0]?.path ?? []), 'bindings', 'kafka', 'key'];
    const encoding = keyEncoding(schema);
    if (encoding === undefined) {
      this.fault(
        at,
        `has a key with x-encoding ${String(schema['x-encoding'])}, which is unknown; known are uint32le-padded and text`,
      );
    }
    const field = schema['x-key-field'];
    if (field !== undefined && payloads.some((payload) => !hasRequired(payload, field))) {
      this.fault(at, `has the x-key-field ${field}, which is no required field of the payload; name one`);
    }
    if (field !== undefined && encoding === 'bytes') {
      this.fault(
        at,
        `has the x-key-field ${field} and no x-encoding, so its bytes are not known; name text or uint32le-padded`,
      );
    }
    return { field: encoding === 'bytes' ? undefined : field, encoding: encoding ?? 'bytes', schema };
  }
}

const FORMAT_TYPES = { text: 'string', bytes: 'Buffer' } as const;

function seen(action: 'receive' | 'send', role: Role): 'receive' | 'send' {
  if (role === 'service') return action;
  return action === 'send' ? 'receive' : 'send';
}

/** Returns the operations, with those that are references within the document replaced by what they refer to, and their replies too. */
export function rawOperations({ operations = {}, components }: RawDocument): Record<string, RawOperation> {
  return Object.fromEntries(
    Object.entries(operations).map(([id, given]) => {
      const operation =
        given.$ref === undefined ? given : (components?.operations?.[lastSegment(given.$ref) ?? ''] ?? given);
      const reply =
        operation.reply?.$ref === undefined
          ? operation.reply
          : components?.replies?.[lastSegment(operation.reply.$ref) ?? ''];
      return [id, { ...operation, ...(reply !== undefined && { reply }) }];
    }),
  );
}

/** Returns what the service does with each channel. The channel of a reply is used the other way round. */
function directionsOf({ raw }: LoadedDocument): Map<string, Set<'receive' | 'send'>> {
  const directions = new Map<string, Set<'receive' | 'send'>>();
  const note = (key: string | undefined, action: 'receive' | 'send') => {
    if (key !== undefined) directions.set(key, (directions.get(key) ?? new Set()).add(action));
  };
  for (const operation of Object.values(rawOperations(raw))) {
    const action = operation.action === 'send' ? 'send' : 'receive';
    note(channelKey(operation.channel), action);
    note(channelKey(operation.reply?.channel), action === 'send' ? 'receive' : 'send');
  }
  return directions;
}

export function channelKey(reference: Reference | undefined): string | undefined {
  const segments = segmentsOf(reference?.$ref);
  return segments?.[0] === 'channels' || segments?.[1] === 'channels' ? segments.at(-1) : undefined;
}

function lastSegment(reference: string | undefined): string | undefined {
  return segmentsOf(reference)?.at(-1);
}

/** The keys that the conversion of a document of AsyncAPI 2 makes. */
const CONVERTED_KEY = /(?:^|\.)message(?:\.\d+)?$/;

function messageName(document: LoadedDocument, channel: string, key: string, message: MessageObject): string {
  if (!CONVERTED_KEY.test(key)) return key;
  const target = segmentsOf(document.raw.channels?.[channel]?.messages?.[key]?.$ref);
  if (target?.[1] === 'messages') return target.at(-1) ?? key;
  const name = message.name ?? message['x-parser-message-name'];
  if (name !== undefined && !name.startsWith('<anonymous')) return name;
  return payloadOf(message).title ?? componentName(payloadOf(message)) ?? `${channel} ${key.split('.').at(-1) ?? ''}`;
}

const payloadOf = ({ payload }: MessageObject): Schema => schemaIn(payload) ?? {};

/** Returns a schema, also if it names its language. */
function schemaIn(value: MessageObject['payload'] | boolean): Schema | undefined {
  if (typeof value === 'boolean') return value ? {} : ({ not: {} } as Schema);
  if (value?.schemaFormat === undefined || value.schema === undefined) return value;
  return isJsonSchema(value.schemaFormat) ? schemaIn(value.schema as Schema | boolean) : undefined;
}

function addressOf(key: string, { address, bindings }: ChannelObject): string | undefined {
  if (bindings?.kafka?.topic !== undefined) return bindings.kafka.topic;
  // The specification: null means that the address is unknown.
  return address === undefined ? key : (address ?? undefined);
}

/** `orderStatus` of `PaidEvent | ...` carries an `OrderStatusEvent`, `orderCommand` of `PayCommand | ...` an `OrderCommand`. */
function unionName(channel: string, messages: readonly ContractMessage[], format: Format): string {
  if (format !== 'json') return FORMAT_TYPES[format];
  const kind = commonLastWord(messages.map((message) => message.payloadType)) ?? 'Message';
  const name = pascalCase(channel);
  return name.endsWith(kind) ? name : name + kind;
}

function keyEncoding(schema: Schema): Key['encoding'] | undefined {
  switch (schema['x-encoding']) {
    case 'uint32le-padded':
    case 'text':
      return schema['x-encoding'];
    case undefined:
      return schema.type === 'string' ? 'text' : 'bytes';
    default:
      return undefined;
  }
}

function topicConfig(channel: ChannelObject): Record<string, string> {
  const entries = Object.entries(channel.bindings?.kafka?.topicConfiguration ?? {});
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : String(value)]),
  );
}

function traitNames({ raw }: LoadedDocument, channel: string, path: Path): string[] {
  const key = String(path.at(-1));
  const component = lastSegment(raw.channels?.[channel]?.messages?.[key]?.$ref) ?? key;
  const traits = raw.components?.messages?.[component]?.traits ?? [];
  return traits.flatMap((trait) => lastSegment(trait?.$ref) ?? []);
}
