/** The contract as the templates get it. */
import type { MessageExample, Schema } from './document.ts';

export interface Contract {
  readonly title: string;
  /** Descriptions as HTML, like all fields of this name. */
  readonly html: string;
  readonly channels: readonly ContractChannel[];
  readonly traits: readonly Trait[];
}

export interface ContractChannel {
  readonly name: string;
  readonly title: string;
  readonly html: string;
  readonly fileName: string;
  readonly doc: string;
  readonly direction: 'receive' | 'send';
  readonly env: string;
  readonly address: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
  /** How a record of an unlisted type is handled. */
  readonly unknownTypes: 'skip' | 'refuse';
  /** The payload field with the type of a message; undefined if the channel has one message without types. */
  readonly discriminator: string | undefined;
  /** The type of any message of the channel. */
  readonly union: string;
  /** The type of its messages' headers. */
  readonly headersType: string;
  readonly headers: readonly Header[];
  readonly traits: readonly string[];
  readonly messages: readonly ContractMessage[];
  readonly key: Key | undefined;
  /** Its values are bytes, not JSON. */
  readonly opaque: boolean;
}

export interface ContractMessage {
  /** Its name in the document's components. */
  readonly component: string;
  readonly constructorName: string;
  readonly doc: string;
  readonly html: string;
  /** The discriminator's value. */
  readonly type: string | undefined;
  readonly payloadType: string;
  readonly payload: Schema;
  readonly headers: Schema;
  readonly examples: readonly MessageExample[];
}

export interface Trait {
  readonly typeName: string;
  readonly headers: readonly Header[];
}

export type HeaderEncoding = 'text' | 'uuid' | 'ascii' | 'uint16be' | 'traceparent' | 'tracestate';

export interface Header {
  readonly name: string;
  readonly doc: string;
  readonly html: string;
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
  /** The name of the type of its values, if it has one. */
  readonly title: string | undefined;
}

export interface Key {
  readonly field: string;
  readonly encoding: 'uint32le-padded';
  readonly schema: Schema;
}
