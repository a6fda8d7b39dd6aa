import type { PetCommandStatusEvent, RejectionReason } from '../../generated/contract/messages/pet-command-status.js';
import type { ConsumedRecord, Invalid } from '../../generated/contract/record.js';
import type { Context, MessageHeaders } from '../context.ts';
import type { Need } from '../domain/facts.ts';
import type { Decision } from '../domain/pet.ts';
import { InvariantError } from '../invariant.ts';
import { assertLoaded } from '../domain/rule-input.ts';
import type { Load, LoadedInput, OwnerState, PetState, RuleInput } from '../domain/rule-input.ts';

/**
 * A decoded message of any channel with its rule: all that a unit of work needs to apply it. Handlers set the contract's
 * headers; the consumer adds the forwarded ones.
 */
export interface Task<Headers = Context> {
  readonly kind: 'task';
  readonly context: Headers;
  readonly subject: Subject;
  /** The facts that the rule will ask for, as far as the message alone shows them. */
  readonly prefetch: readonly Need[];
  /**
   * Applies the rule. It is pure: called twice with one input it returns the same.
   *
   * @throws {InvariantError} if the input lacks state that the subject loads.
   */
  decide(input: LoadedInput): Decision;
  /** Builds the answer to a rejected command; undefined for an event, which needs no answer. */
  rejection?(reason: RejectionReason): PetCommandStatusEvent;
}

/** Whose state to load: that of a pet and its owner, or that of a character. */
export type Subject = PetSubject | OwnerSubject;

export interface PetSubject {
  /** uint32. The pet itself is always loaded, and its owner locked. */
  readonly petId: number;
  readonly load: readonly (keyof PetState)[];
}

export interface OwnerSubject {
  /** uint32. Its pets are locked only if they are loaded. */
  readonly ownerId: number;
  readonly load: readonly (keyof OwnerState)[];
}

/** What one type of message needs, and its rule. */
export interface MessageRow<Message, Loads extends Load> {
  /** The state to load. The rule's input has exactly this. */
  readonly load: readonly Loads[];
  /** Returns the facts that the rule will ask for, as far as the message alone shows them. */
  readonly prefetch: (message: Message) => readonly Need[];
  readonly decide: (message: Message, input: RuleInput<Loads>) => Decision;
}

/** The row of a message that names a character. */
export type OwnerRow<Message, Loads extends keyof OwnerState> = MessageRow<Message, Loads>;

/** Makes the function that turns a message of `row` into the task of its character. */
export function ownerTask<Message extends { readonly characterId: number }, Loads extends keyof OwnerState>(
  row: OwnerRow<Message, Loads>,
) {
  return (message: Message, context: MessageHeaders): Task<MessageHeaders> => ({
    kind: 'task',
    context,
    subject: { ownerId: message.characterId, load: row.load },
    prefetch: row.prefetch(message),
    decide: (input) => decide(row, message, input),
  });
}

/**
 * Applies the rule of a row to a message.
 *
 * @throws {InvariantError} if state that the row loads is missing, or if a session changes whose last event it does not load.
 */
export function decide<Message, Loads extends Load>(
  row: MessageRow<Message, Loads>,
  message: Message,
  input: LoadedInput,
): Decision {
  assertLoaded(input, row.load);
  const decision = row.decide(message, input);
  if (decision.kind === 'changed' && decision.session !== undefined && !loads(row.load, 'lastSessionEventAt')) {
    throw new InvariantError('a rule changes a session and does not load lastSessionEventAt, which locks it');
  }
  return decision;
}

function loads(loaded: readonly Load[], name: Load): boolean {
  return loaded.includes(name);
}

/** What a record is: a task, a type to skip, or a breach of the contract. */
export type Decoded<Headers = Context> = Task<Headers> | Skipped | Invalid;

export interface Skipped {
  readonly kind: 'skip';
  readonly type: string;
}

/** One per consumed channel. */
export interface Handler {
  /** The contract's channel. */
  readonly channel: { readonly name: string; readonly env: string };
  decode(record: ConsumedRecord): Decoded<MessageHeaders>;
}
