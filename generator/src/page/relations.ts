/**
 * Reads how messages cause each other: `x-replies`, `x-rejections` and `x-timed` of the document. They are optional; of another
 * form than docs/generator.md describes they are ignored, since other tools may have extensions of these names.
 */
import { rawOperations } from '../contract.ts';
import type { LoadedDocument, RawOperation, Reference } from '../document.ts';
import { segmentsOf } from '../pointer.ts';
import type { Contract, ContractMessage } from '../shape.ts';
import { html } from './markdown.ts';
import type { FieldRow } from './fields.ts';

/** Names a message of a channel. */
export interface MessageName {
  /** The channel's name in code. */
  readonly channel: string;
  /** The message's name in the document. */
  readonly message: string;
}

/** A message that follows another one. */
export interface Reply {
  readonly message: MessageName;
  /** What it is about, if that may be unclear. */
  readonly of: string | undefined;
  /** The condition; without one it always follows. */
  readonly when: string | undefined;
  /** Whether any number of it may follow. */
  readonly many: boolean;
}

export interface Effects {
  /** In their order; undefined if the document does not list them. */
  readonly replies: readonly Reply[] | undefined;
  /** The reasons why it may be refused, in their order. */
  readonly reasons: readonly string[];
}

/** What an operation sends without a message that causes it. */
export interface PageTimed {
  readonly title: string;
  readonly html: string;
  readonly operation: string;
  readonly replies: readonly Reply[];
}

/** A reason for a refusal. */
export interface PageReason {
  readonly value: string;
  /** Its meaning; empty if no schema describes it. */
  readonly html: string;
  /** The messages that may be refused for it. */
  readonly refused: readonly MessageName[];
}

type Raw = Readonly<Record<string, unknown>>;

export class Relations {
  readonly #document: LoadedDocument;
  readonly #contract: Contract;
  readonly #names = new Map<ContractMessage, MessageName>();
  /** Messages by the pointers that lead to them. */
  readonly #byPointer = new Map<string, MessageName>();

  constructor(document: LoadedDocument, contract: Contract) {
    this.#document = document;
    this.#contract = contract;
    for (const { name, messages } of contract.channels) {
      for (const one of messages) {
        const found = { channel: name, message: one.component };
        this.#names.set(one, found);
        for (const pointer of this.#pointersTo(one)) {
          if (!this.#byPointer.has(pointer)) this.#byPointer.set(pointer, found);
        }
      }
    }
  }

  /** Returns what a message causes. */
  effectsOf(message: ContractMessage): Effects {
    const { 'x-replies': replies, 'x-rejections': reasons } = this.#at(message.path);
    return {
      replies: Array.isArray(replies) ? this.#replies(replies) : undefined,
      reasons: Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'string') : [],
    };
  }

  /** Returns what operations send as time passes. */
  timed(): PageTimed[] {
    return Object.entries(rawOperations(this.#document.raw)).flatMap(([operation, given]) => {
      const list = (given as Raw)['x-timed'];
      return (Array.isArray(list) ? list.filter(isRaw) : []).map((one, index) => {
        const { title, description, 'x-replies': replies } = one;
        return {
          title: textOf(title) ?? `${operation} ${String(index + 1)}`,
          html: html(textOf(description)),
          operation,
          replies: Array.isArray(replies) ? this.#replies(replies) : [],
        };
      });
    });
  }

  /**
   * Returns all reasons of refusals. Their meanings are those of the enum in a reply of the operation that has all reasons of the
   * message, and they have its order.
   *
   * @param fields the fields of all messages.
   */
  reasons(fields: ReadonlyMap<ContractMessage, readonly FieldRow[]>): PageReason[] {
    const reasons = new Map<string, { html: string; refused: MessageName[] }>();
    for (const [message, name] of this.#names) {
      const { reasons: own } = this.effectsOf(message);
      if (own.length === 0) continue;
      const replies = this.#contract.operations
        .filter(({ channel, messages }) => channel === name.channel && messages.includes(name.message))
        .map(({ reply }) => reply);
      const lists = [...this.#names]
        .filter(([one, { channel }]) =>
          replies.some((reply) => reply?.channel === channel && reply.messages.includes(one.component)),
        )
        .flatMap(([one]) => fields.get(one) ?? [])
        .map(({ values }) => values);
      const meanings =
        lists.find((values) => own.every((reason) => values.some(({ value }) => value === reason))) ?? [];
      for (const { value, html: meaning } of meanings) {
        if (!reasons.has(value)) reasons.set(value, { html: meaning, refused: [] });
      }
      for (const reason of own) {
        const known = reasons.get(reason) ?? { html: '', refused: [] };
        known.refused.push(name);
        reasons.set(reason, known);
      }
    }
    return [...reasons].map(([value, reason]) => ({ value, ...reason })).filter(({ refused }) => refused.length > 0);
  }

  /** Returns the messages that an extension of an operation names, as its `reply` does. */
  named(operation: RawOperation | undefined, extension: string): MessageName[] {
    const given = ((operation ?? {}) as Raw)[extension];
    if (!isRaw(given) || !Array.isArray(given['messages'])) return [];
    return given['messages'].flatMap((reference) => this.#messageOf(reference) ?? []);
  }

  #replies(list: readonly unknown[]): Reply[] {
    return list.filter(isRaw).flatMap(({ message, of, when, many }) => {
      const found = this.#messageOf(message);
      return found === undefined ? [] : [{ message: found, of: textOf(of), when: textOf(when), many: many === true }];
    });
  }

  #messageOf(reference: unknown): MessageName | undefined {
    const segments = segmentsOf((reference as Reference | undefined)?.$ref);
    return segments === undefined ? undefined : this.#byPointer.get(JSON.stringify(segments));
  }

  /** Returns the pointer of a message, and those of what it refers to. */
  #pointersTo({ path }: ContractMessage): string[] {
    const pointers = [JSON.stringify(path)];
    for (let at = this.#reference(path); at !== undefined && pointers.length < MAX_STEPS; at = this.#reference(at)) {
      pointers.push(JSON.stringify(at));
    }
    return pointers;
  }

  /** Returns where the reference at a path leads. */
  #reference(path: readonly (string | number)[]): string[] | undefined {
    return segmentsOf((this.#get(path) as Reference | undefined)?.$ref);
  }

  /** Returns a message before its references are resolved. */
  #at(path: readonly (string | number)[]): Raw {
    let at = path;
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const next = this.#reference(at);
      if (next === undefined) break;
      at = next;
    }
    const found = this.#get(at);
    return isRaw(found) ? found : {};
  }

  #get(path: readonly (string | number)[]): unknown {
    return path.reduce<unknown>((at, key) => (at as Raw | undefined)?.[key], this.#document.raw);
  }
}

/** References to references. */
const MAX_STEPS = 10;

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null;
const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
