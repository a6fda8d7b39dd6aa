/** What the comparison of two versions shares: both services, what reads their channels, and the search. */
import type { ContractMessage } from '../../shape.ts';
import type { Location } from '../findings.ts';
import { Search } from '../records/search.ts';
import type { Side } from '../records/side.ts';
import type { Refusal } from '../schema/decide.ts';
import type { Unproved } from '../schema/proof/prover.ts';
import type { Service, ServiceChannel, Use } from '../service.ts';
import { ChannelReader } from '../wire/reader.ts';
import type { ReaderKind } from '../wire/reader.ts';

/** A channel in both versions. */
export interface ChannelPair {
  readonly before: ServiceChannel;
  readonly after: ServiceChannel;
}

/** What a reader refuses of the headers that may be sent, and what is left: neither proved nor refuted. */
export interface HeaderAnswer {
  readonly refusals: readonly Refusal[];
  readonly left: readonly Unproved[];
}

export interface CompareOptions {
  readonly seed: number;
  /** How many records are made of each message that may have changed. */
  readonly effort: number;
  /** Whether readers that accept nothing new count too. */
  readonly hasStrictReaders: boolean;
  /** Is called often, with the number of messages whose comparison has begun. */
  readonly onProgress?: ((messages: number) => void) | undefined;
}

type Version = Location['version'];

export class Comparison {
  readonly before: Service;
  readonly after: Service;
  readonly hasStrictReaders: boolean;
  readonly search: Search;
  /** What was decided about headers, by the text of the question. */
  readonly headerAnswers = new Map<string, HeaderAnswer>();
  readonly #decoders = new Map<string, ChannelReader>();

  constructor(before: Service, after: Service, options: CompareOptions) {
    const { seed, effort, hasStrictReaders, onProgress = () => undefined } = options;
    this.before = before;
    this.after = after;
    this.hasStrictReaders = hasStrictReaders;
    this.search = new Search(seed, effort, onProgress);
  }

  /** Returns what reads a channel, the same each time. */
  decoder(version: Version, { contract }: ServiceChannel, kind: ReaderKind): ChannelReader {
    const key = `${version} ${kind} ${contract.key}`;
    const { traits } = this.#service(version).contract;
    const decoder = this.#decoders.get(key) ?? new ChannelReader(contract, traits, kind, this.search.validators);
    this.#decoders.set(key, decoder);
    return decoder;
  }

  side(version: Version, channel: ServiceChannel, message: ContractMessage, kind: ReaderKind): Side {
    return { service: this.#service(version), channel, message, decoder: this.decoder(version, channel, kind) };
  }

  /** Returns the side that writes to a channel: the old clients, or the new service. */
  writer(pair: ChannelPair, use: Use): Side | undefined {
    return this.writers(pair, use)[0];
  }

  /** Returns that side for each message. */
  writers({ before, after }: ChannelPair, use: Use): Side[] {
    return use === 'receive' ? this.writersOf('old', before, use) : this.writersOf('new', after, use);
  }

  /** Returns a side for each message that one version writes to a channel; for the first one if it uses none so. */
  writersOf(version: Version, channel: ServiceChannel, use: Use): Side[] {
    const { messages } = channel.contract;
    const used = messages.filter(({ component }) => channel.uses[use]?.has(component) === true);
    const all = used.length > 0 ? used : messages.slice(0, 1);
    return all.map((message) => this.side(version, channel, message, 'strict'));
  }

  #service(version: Version): Service {
    return version === 'old' ? this.before : this.after;
  }
}
