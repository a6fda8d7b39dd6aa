import type { PetCommandStatusEvent, RejectionReason } from '../../generated/contract/messages/pet-command-status.ts';
import type { ConsumedRecord, Invalid } from '../../generated/contract/record.ts';
import type { Context, MessageHeaders } from '../context.ts';
import type { Need } from '../domain/facts.ts';
import type { Decision } from '../domain/pet.ts';
import type { RuleInput } from '../domain/rule-input.ts';

export type { Decision };

/**
 * A decoded message of any channel, with its rule: the path that applies it needs to know no more. A handler knows the
 * contract's headers; whoever applies the task adds the forwarded ones.
 */
export interface Task<Headers = Context> {
  readonly kind: 'task';
  readonly context: Headers;
  /** Whose pets the rule looks at; undefined where at nobody's. */
  readonly subject: Subject | undefined;
  /** The character whose session the rule changes, uint32; undefined if it changes none. */
  readonly sessionOf: number | undefined;
  /** The facts that the rule will surely ask for, as far as they are known from the message alone. */
  readonly prefetch: readonly Need[];
  /** The rule. Pure: asked twice it answers the same. */
  decide(turn: RuleInput): Decision;
  /** The answer to whoever waits on a command that the rule refused; only commands are. */
  rejection?(reason: RejectionReason): PetCommandStatusEvent;
}

/** A pet, with its owner's spawned ones (`roster`) and with where it stands (`position`); or all pets of an owner. */
export type Subject =
  { readonly petId: number; readonly roster: boolean; readonly position: boolean } | { readonly ownerId: number };

/** What a record turns out to be: a task, a type to skip, or a breach of the contract. */
export type Decoded<Headers = Context> = Task<Headers> | { readonly kind: 'skip'; readonly type: string } | Invalid;

/** One per consumed channel. */
export interface Handler {
  /** The contract's channel. */
  readonly channel: { readonly name: string; readonly env: string };
  decode(record: ConsumedRecord): Decoded<MessageHeaders>;
}
