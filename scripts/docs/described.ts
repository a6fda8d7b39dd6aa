/** The parts of the document that are for people: no code is generated from them. */
import type { LoadedDocument, MessageObject, Schema } from '../../generator/src/document.ts';

/** Names an object of the document. */
export interface Reference {
  readonly $ref: string;
}

/** Returns the name that the object has in the document. */
export function nameOf({ $ref: path }: Reference): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** An event that a received message causes; see `x-replies` in the document. */
export interface Reply {
  /** The event. */
  readonly message: Reference;
  /** The pet of the event, if it may be unclear. */
  readonly of?: string;
  /** The condition, if it does not always follow. */
  readonly when?: string;
  /** Any number of it may follow. */
  readonly many?: boolean;
}

export interface Described extends MessageObject {
  readonly 'x-replies'?: readonly Reply[];
  readonly 'x-rejections'?: readonly string[];
}

/** Events that are sent as time passes; see `x-timed` in the document. */
export interface Timed {
  readonly title: string;
  readonly description: string;
  readonly 'x-replies': readonly Reply[];
}

/** A schema with the limits and meanings of its values. */
export interface Field extends Schema {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly items?: Field;
}

/** The extensions of a document before references are resolved: here events still have names. */
interface RawExtensions {
  readonly operations?: Readonly<Record<string, { readonly 'x-timed'?: readonly Timed[] }>>;
  readonly components?: { readonly messages?: Readonly<Record<string, Pick<Described, 'x-replies'>>> };
}

/** Returns the events that operations send as time passes. */
export function timedOf({ raw }: Pick<LoadedDocument, 'raw'>): Timed[] {
  const { operations = {} } = raw as RawExtensions;
  return Object.values(operations).flatMap(({ 'x-timed': timed = [] }) => timed);
}

/** Returns the messages of a channel with their names in the document. */
export function describedMessages({ resolved, raw }: Pick<LoadedDocument, 'resolved' | 'raw'>, channel: string) {
  const { messages = {} } = (raw as RawExtensions).components ?? {};
  return Object.entries(resolved.channels?.[channel]?.messages ?? {}).map(([name, message]): [string, Described] => {
    const { 'x-replies': replies } = messages[name] ?? {};
    return [name, { ...message, ...(replies && { 'x-replies': replies }) }];
  });
}
