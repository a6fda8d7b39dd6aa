/** A rule of the gate. docs/contract-gate.md has a paragraph for each. */
import type { Path } from '../../pointer.ts';
import type { Location, Subject } from '../findings.ts';
import type { Use } from '../service.ts';
import type { WireRecord } from '../wire/reader.ts';
import type * as questions from './questions.ts';

interface Described {
  readonly id: string;
  /** What the rule is about: the heading of its paragraph. */
  readonly title: string;
  /** The directions that it is asked for. */
  readonly directions: readonly Use[];
  /** Why it matters, for its paragraph. */
  readonly about: string;
  /** What to do instead. */
  readonly remedy: string;
}

/** A rule that decides by itself. The comparison asks it about each thing of its kind. */
export interface Deciding<Kind extends string, Question> extends Described {
  readonly kind: Kind;
  /** Returns what it finds: nothing, one finding, or several. */
  check(question: Question): RuleFinding | readonly RuleFinding[] | undefined;
}

/** A rule for keywords of schemas. One search through a whole schema finds which of them are broken. */
interface ForKeywords<Kind extends string> extends Described {
  readonly kind: Kind;
  readonly keywords: readonly string[];
}

export type UseRule = Deciding<'use', questions.ChannelUse>;
export type ChannelRule = Deciding<'channel', questions.ChannelChange>;
export type ParameterRule = Deciding<'parameter', questions.ParameterChange>;
export type OperationRule = Deciding<'operation', questions.OperationChange>;
export type ReplyRule = Deciding<'reply', questions.ReplyChange>;
export type LoneMessageRule = Deciding<'lone message', questions.LoneMessage>;
export type MessageRule = Deciding<'message', questions.MessageChange>;
/** Decides before all others about a message: payloads of another form are not compared. */
export type FormRule = Deciding<'form', questions.Sending>;
export type SendingRule = Deciding<'sending', questions.Sending>;
export type KeyRule = Deciding<'key', questions.KeyChange>;
export type ServerRule = Deciding<'server', questions.ServerChange>;
export type PayloadRule = ForKeywords<'payload'>;
export type HeaderRule = ForKeywords<'header'>;
/** The version of the document decides it, when everything is compared: see version.ts. */
export type VersionRule = Described & { readonly kind: 'version' };
/** The gate decides it for the whole document, if no other rule finds anything. */
export type DocumentRule = Described & { readonly kind: 'document' };

export type DecidingRule =
  | UseRule
  | ChannelRule
  | ParameterRule
  | OperationRule
  | ReplyRule
  | LoneMessageRule
  | MessageRule
  | FormRule
  | SendingRule
  | KeyRule
  | ServerRule;

export type Rule = DecidingRule | PayloadRule | HeaderRule | VersionRule | DocumentRule;

/** What a rule finds. The comparison adds what all findings about one thing share. */
export type RuleFinding = Breaking | Harmless;

interface Harmless extends Where {
  readonly verdict: 'look' | 'safe';
  /** Whether it needs a look if a declared team uses what it is about. */
  readonly isLookOfReaders?: boolean;
}

export interface Breaking extends Where {
  readonly verdict: 'breaking';
  /** What the reader does with the record that is the witness. */
  readonly outcome: string;
  /** The witness, if it is not just any record of the side that writes. */
  readonly record?: WireRecord;
  /** Its topic, if the address of the channel is not enough. */
  readonly topic?: string;
}

interface Where {
  readonly why: string;
  /** The keys that lead from the thing that the rule is asked about to what differs. */
  readonly path?: Path;
  /** Where it is, if it is not in the thing itself. */
  readonly location?: Location;
  /** A field or header of the message. */
  readonly subject?: Subject;
}
