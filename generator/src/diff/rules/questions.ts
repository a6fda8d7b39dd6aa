/** What rules are asked about: something of both versions, in one direction. */
import type { OperationObject } from '../../document.ts';
import type { ContractMessage, ContractOperation, ContractReply } from '../../shape.ts';
import type { Location, Subject } from '../findings.ts';
import type { Search } from '../records/search.ts';
import type { MessageKey, Side } from '../records/side.ts';
import type { Security, Server } from '../servers.ts';
import type { ServiceChannel, Use } from '../service.ts';
import type { Parameter } from '../topics.ts';
import type { ChannelReader, WireRecord } from '../wire/reader.ts';

export interface Question {
  /** What the service does with the messages; undefined if that does not matter. */
  readonly use: Use | undefined;
  readonly location: Location;
  readonly subject: Subject;
  /** The side that writes the record of a witness; undefined if there is no message. */
  readonly writer: Side | undefined;
  /** The channel of the witness, if it may be one without messages. */
  readonly channel?: ServiceChannel | undefined;
  /** Whether the reader is one that accepts nothing new. */
  readonly isStrictOnly?: boolean;
}

interface Directed extends Question {
  readonly use: Use;
}

/** A channel that one version at least uses in this direction. The other one may lack it. */
export interface ChannelUse extends Directed {
  readonly before: ServiceChannel | undefined;
  readonly after: ServiceChannel | undefined;
  /** The operation of the old version that uses it so. */
  readonly operation: ContractOperation | undefined;
}

/** A channel that both versions use in this direction. */
export interface ChannelChange extends Directed {
  readonly before: ServiceChannel;
  readonly after: ServiceChannel;
  /** All channels of the old version that have topics of the new channel, and those of the new one that have topics of the old one. */
  readonly oldChannels: readonly ServiceChannel[];
  readonly newChannels: readonly ServiceChannel[];
  /** The side that writes, for each message. */
  readonly writers: readonly Side[];
  /** Those of the channel in both versions, and all of the new one. */
  readonly servers: Readonly<Record<'before' | 'after' | 'all', readonly Server[]>>;
  /** They read as the service of each version does. */
  readonly decoders: { readonly before: ChannelReader; readonly after: ChannelReader };
}

/** A parameter of the address of such a channel. It may have another name: its position counts. */
export interface ParameterChange extends ChannelChange {
  readonly name: string;
  readonly old: Parameter;
  readonly now: Parameter;
  /** Returns the topic that a value of the parameter names. */
  topicOf(value: string): string;
}

/** An operation in both versions. */
export interface OperationChange extends Directed {
  readonly before: Operation;
  readonly after: Operation;
}

export interface Operation {
  readonly contract: ContractOperation;
  readonly object: OperationObject;
  /** Its schemes, or those of its servers if it states none. */
  readonly security: Security;
}

/** The reply to an operation of both versions, in the direction of the reply. The writer is that of the request. */
export interface ReplyChange extends Directed {
  readonly before: ContractReply;
  readonly after: ContractReply | undefined;
  /** The key of the channel of the request. */
  readonly requests: string;
  /** The names in the new version of the channel that replies were sent to. */
  readonly sameChannels: readonly string[];
}

/** A message of one version that the other one lacks, or does not use in this direction. */
export interface LoneMessage extends Directed {
  readonly writer: Side;
  /** A record of the message. */
  readonly record: WireRecord;
  readonly version: Location['version'];
  /** Whether the other version has the message. */
  readonly isKnown: boolean;
  /** Reads as the other version does. */
  readonly reader: ChannelReader;
  /** Whether the other version uses a message of its own in this direction. */
  isHandled(message: ContractMessage): boolean;
}

/** A message that both versions use in this direction. */
export interface MessageChange extends Directed {
  readonly before: ContractMessage;
  readonly after: ContractMessage;
}

/** A message that one version sends and the other one reads. */
export interface Sending extends Directed {
  readonly writer: Side;
  /** The side that reads it, with the message that it takes it for, as far as that is known. */
  readonly reader: Side;
  readonly before: Side;
  readonly after: Side;
  /** Reads as the reader does, but in the writer's own version: what was not read before is no change. */
  readonly twin: ChannelReader;
  readonly isStrictOnly: boolean;
  /** What the reader may also take the records for: messages that only it has, or that were this one. */
  readonly others: readonly ContractMessage[];
}

/** The keys of such a message: one version at least has one. */
export interface KeyChange extends Directed {
  readonly writer: Side;
  readonly written: MessageKey | undefined;
  readonly read: MessageKey | undefined;
  readonly before: MessageKey | undefined;
  readonly after: MessageKey | undefined;
  readonly search: Search;
}

/** A server. Its direction does not matter: clients of both kinds connect to it. */
export interface ServerChange extends Question {
  readonly name: string;
  readonly before: Server | undefined;
  readonly after: Server | undefined;
  /** All servers of the new version. */
  readonly newServers: readonly Server[];
}
