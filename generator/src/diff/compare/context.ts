/** What all comparisons share: both versions, the validators, and what was found so far. */
import type { Found, Location, Subject, Verdict, Witness } from '../findings.ts';
import type { Validators } from '../schema/validators.ts';
import type { Service, ServiceChannel, Use } from '../service.ts';
import { ChannelReader } from '../wire/reader.ts';
import type { ReaderKind } from '../wire/reader.ts';

export interface Searched {
  /** Messages whose records were compared. */
  messages: number;
  /** Records that were made and read. */
  records: number;
  /** Messages of which it is proved that all their records are accepted. */
  proved: number;
}

export interface Context {
  readonly before: Service;
  readonly after: Service;
  readonly validators: Validators;
  readonly seed: number;
  /** How many records are made of each message that may have changed. */
  readonly effort: number;
  /** Whether readers that accept nothing new count too. */
  readonly hasStrictReaders: boolean;
  readonly searched: Searched;
  readonly readers: Map<string, ChannelReader>;
  /** Questions that were answered without a finding: most messages have the same headers. */
  readonly answered: Set<string>;
  report(found: Found): void;
}

/** A finding, in the order in which it is usually written. */
export interface Report {
  readonly rule: string;
  readonly verdict: Verdict;
  readonly location: Location;
  readonly direction?: Use | undefined;
  readonly why: string;
  readonly witness?: Witness | undefined;
  readonly subject?: Subject;
  readonly isStrictOnly?: boolean;
}

export function report(context: Context, { direction, subject = {}, ...rest }: Report): void {
  context.report({ ...rest, direction, subject });
}

/** Returns a reader of a channel, the same one each time. */
export function readerOf(
  context: Context,
  service: Service,
  { contract }: ServiceChannel,
  kind: ReaderKind,
): ChannelReader {
  const key = `${service === context.before ? 'old' : 'new'} ${kind} ${contract.key}`;
  const known = context.readers.get(key);
  if (known !== undefined) return known;
  const reader = new ChannelReader(contract, service.contract.traits, kind, context.validators);
  context.readers.set(key, reader);
  return reader;
}

/** A channel in both versions. */
export interface ChannelPair {
  readonly before: ServiceChannel;
  readonly after: ServiceChannel;
}
