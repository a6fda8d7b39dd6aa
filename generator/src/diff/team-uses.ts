/** What a team does with messages, as far as findings may concern it. */
import type { Declaration, DeclaredExample, DeclaredRead, DeclaredSend } from '../consumers/declarations.ts';
import { fieldOf, headerOf, ITEMS, pathText } from '../consumers/fields.ts';
import type { Field, FieldPath } from '../consumers/fields.ts';
import type { Names } from './names.ts';
import type { Use } from './service.ts';

export interface TeamUse {
  /** What the service does with the message. */
  readonly direction: Use;
  readonly channels: readonly string[];
  /** Undefined for messages that the service skips. */
  readonly message: string | undefined;
  readonly fields: readonly Field[];
  readonly headers: readonly Field[];
  /** What each reader reads, also without a declaration: what distinguishes the messages of the channel. */
  readonly implied: Readonly<Record<'fields' | 'headers', readonly Field[]>>;
  /** The records that the team sends. */
  readonly examples: readonly DeclaredExample[];
}

/** Returns what a team sends and reads. */
export function usesOf({ sends = [], reads = [] }: Pick<Declaration, 'sends' | 'reads'>, names: Names): TeamUse[] {
  return [...sends.map((send) => sendOf(send, names)), ...reads.map((read) => readOf(read, names))];
}

/** A team sends what its examples have, and nothing else. */
function sendOf({ message, channel, examples }: DeclaredSend, names: Names): TeamUse {
  const paths = examples.flatMap(({ payload }) => leavesOf(payload));
  const byText = new Map(paths.map((path) => [pathText(path), path]));
  const headers = new Set(examples.flatMap((example) => Object.keys(example.headers ?? {})));
  return {
    direction: 'receive',
    channels: channelsOf(message, channel, 'receive', names),
    message,
    fields: [...byText].map(([text, path]) => ({ text, path, isOptional: false })),
    headers: [...headers].map((name) => ({ text: name, path: [name], isOptional: false })),
    implied: { fields: [], headers: [] },
    examples,
  };
}

function readOf({ message, channel, fields = [], headers = [] }: DeclaredRead, names: Names): TeamUse {
  const channels = channelsOf(message, channel, 'send', names);
  const implied = (what: 'field' | 'header') =>
    names.distinguishing(channels, what).map((name): Field => ({ text: name, path: [name], isOptional: false }));
  return {
    direction: 'send',
    channels,
    message,
    fields: fields.map(fieldOf),
    headers: headers.map(headerOf),
    implied: { fields: implied('field'), headers: implied('header') },
    examples: [],
  };
}

function channelsOf(message: string | undefined, channel: string | undefined, use: Use, names: Names): string[] {
  if (channel !== undefined) return [channel];
  return message === undefined ? [] : names.channelsOf(message, use);
}

/** Returns the paths of all values that have no other values in them. */
function leavesOf(value: unknown, at: FieldPath = []): FieldPath[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inner: [FieldPath[number], unknown][] = Array.isArray(value)
    ? value.map((item: unknown) => [ITEMS, item])
    : Object.entries(value);
  return inner.length === 0 ? [at] : inner.flatMap(([step, item]) => leavesOf(item, [...at, step]));
}
