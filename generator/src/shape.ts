/** The contract as the templates get it. */
import type { MessageExample, Schema } from './document.ts';
import type { Path } from './pointer.ts';

/** Who uses the generated code: the service that the document describes, or a client of it. */
export type Role = 'service' | 'client';

/** What the code does with the messages of a channel, seen from its role. */
export type Direction = 'receive' | 'send' | 'both';

export interface Contract {
  readonly title: string;
  readonly version: string;
  readonly role: Role;
  /** The file name of the document. */
  readonly source: string;
  readonly channels: readonly ContractChannel[];
  /** The sets of headers that messages share, and those of single messages. */
  readonly traits: readonly Trait[];
  readonly operations: readonly ContractOperation[];
}

export interface ContractOperation {
  readonly id: string;
  readonly doc: string;
  /** Seen from the role. */
  readonly action: 'receive' | 'send';
  /** The name of its channel. */
  readonly channel: string;
  /** The components of its messages. */
  readonly messages: readonly string[];
  /** The consumer group, if the document names one. */
  readonly groupId: string | undefined;
  readonly reply: ContractReply | undefined;
}

export interface ContractReply {
  /** The channel's name; undefined if a message names its address. */
  readonly channel: string | undefined;
  /** Where a message names the address: a runtime expression. */
  readonly address: string | undefined;
  readonly messages: readonly string[];
}

/** What the value of a record is. */
export type Format = 'json' | 'text' | 'bytes';

export interface ContractChannel {
  /** Its key in the document. */
  readonly key: string;
  readonly name: string;
  readonly title: string;
  readonly fileName: string;
  readonly doc: string;
  readonly direction: Direction;
  readonly env: string | undefined;
  /** Its topic, with parameters in braces; undefined if it is known only at run time. */
  readonly address: string | undefined;
  /** The names of the parameters in the address. */
  readonly parameters: readonly string[];
  readonly partitions: number | undefined;
  readonly config: Readonly<Record<string, string>>;
  /** How a record of an unlisted type is handled. */
  readonly unknownTypes: 'skip' | 'refuse';
  /** How its messages are distinguished. */
  readonly apart: Apart;
  readonly format: Format;
  /** The type of any message of the channel. */
  readonly union: string;
  /** The type of its messages' headers. */
  readonly headersType: string;
  /** All headers of its messages, each once. */
  readonly headers: readonly Header[];
  /** The headers of its messages: one set if all have the same, otherwise one for each message. */
  readonly headerSets: readonly HeaderSet[];
  readonly messages: readonly ContractMessage[];
  readonly recordKey: Key | undefined;
}

/** How the messages of a channel are distinguished. */
export type Apart =
  | { readonly by: 'nothing' }
  /** The value of a field or header is different in each message. */
  | { readonly by: 'field' | 'header'; readonly name: string }
  /** The only validator that accepts the payload. */
  | { readonly by: 'trial' };

export interface ContractMessage {
  /** Its name in the document. */
  readonly component: string;
  /** Where it is in the document. */
  readonly path: Path;
  readonly constructorName: string;
  /** The name of its list of examples. */
  readonly examplesName: string;
  readonly doc: string;
  /** What distinguishes it: the values of the field or header. */
  readonly types: readonly string[];
  readonly payloadType: string;
  /** The channel whose file declares the payload's type. */
  readonly home: string;
  readonly payload: Schema;
  /** Whether unknown fields are refused although the document does not say so. */
  readonly isClosed: boolean;
  /** Whether a reader that accepts unknown fields needs a validator that does not, too. */
  readonly hasStrict: boolean;
  readonly headers: Schema;
  /** The set of its headers. */
  readonly headerSet: string;
  /** Where its correlation id is: a runtime expression. */
  readonly correlationId: string | undefined;
  readonly examples: readonly MessageExample[];
}

/** Headers that are combined of traits. */
export interface HeaderSet {
  readonly typeName: string;
  readonly traits: readonly string[];
}

export interface Trait {
  readonly typeName: string;
  readonly headers: readonly Header[];
}

export type HeaderEncoding =
  'text' | 'uuid' | 'ascii' | 'uint16be' | 'traceparent' | 'tracestate' | 'integer' | 'number' | 'boolean' | 'json';

export interface Header {
  readonly name: string;
  readonly doc: string;
  readonly encoding: HeaderEncoding;
  /** A record without it, or with a malformed one, is invalid. */
  readonly required: boolean;
  /** A reader always finds one. */
  readonly always: boolean;
  readonly pattern: string | undefined;
  /** The maximum number of characters. */
  readonly maxLength: number | undefined;
  /** The maximum number of members in its comma-separated list. */
  readonly maxMembers: number | undefined;
  readonly values: readonly string[] | undefined;
  /** Whether newer writers may send other values. */
  readonly isOpen: boolean;
  /** What they mean. */
  readonly meanings: Readonly<Record<string, string>> | undefined;
  /** The name of the type of its values, if it has one. */
  readonly title: string | undefined;
}

/** How the key of a record is made: of a field, or by the code that sends. */
export interface Key {
  /** The field of the payload; undefined if the code that sends gives the key. */
  readonly field: string | undefined;
  readonly encoding: 'uint32le-padded' | 'text' | 'bytes';
  readonly schema: Schema;
}
