/** What the document says of messages for people, beyond what code is made from. */
import type { LoadedDocument, MessageObject, Schema } from '../generate/document.ts';

/** What a received message causes; see `x-replies` in the document. */
export interface Reply {
  /** The event's name among the document's messages. */
  readonly message: string;
  /** Whose it is, where there may be a question. */
  readonly of?: string;
  /** Where it comes only sometimes. */
  readonly when?: string;
  /** Several of it may come, or none. */
  readonly many?: boolean;
}

export interface Described extends MessageObject {
  readonly 'x-replies'?: readonly Reply[];
  readonly 'x-rejections'?: readonly string[];
}

/** What is sent as time passes; see `x-timed` in the document. */
export interface Timed {
  readonly title: string;
  readonly description: string;
  readonly 'x-replies': readonly Reply[];
}

/** A schema with what a reader wants to know of a value. */
export interface Field extends Schema {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly items?: Field;
  readonly 'x-meanings'?: Readonly<Record<string, string>>;
}

/** What all operations send as time passes. */
export function timedOf({ resolved }: Pick<LoadedDocument, 'resolved'>): Timed[] {
  const { operations = {} } = resolved as { readonly operations?: Readonly<Record<string, { 'x-timed'?: Timed[] }>> };
  return Object.values(operations).flatMap(({ 'x-timed': timed = [] }) => timed);
}

/** The messages of a channel, by their names among the document's. */
export function describedMessages({ resolved }: Pick<LoadedDocument, 'resolved'>, channel: string) {
  return Object.entries((resolved.channels?.[channel]?.messages ?? {}) as Readonly<Record<string, Described>>);
}
