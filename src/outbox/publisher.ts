import { sentence } from '../errors.ts';
import { InvariantError } from '../invariant.ts';
import { outageOf } from '../outage.ts';
import type { PendingRecord } from '../store/tables/outbox.ts';
import { ChannelPublisher } from './channel-publisher.ts';
import type { ChannelPublisherOptions } from './channel-publisher.ts';

export interface PublisherOptions extends Omit<ChannelPublisherOptions, 'channel' | 'topic' | 'report'> {
  /** The channels that are sent, by the contract's names of them. */
  readonly channels: readonly string[];
  /** The topic of a channel. */
  topicOf(channel: string): string;
  /** Takes why events cannot be sent, or undefined when they can. */
  health(reason: string | undefined, cause?: unknown): void;
  /** Takes which topics the broker throttles, or undefined if none. */
  throttled(reason: string | undefined): void;
}

/**
 * Sends all committed records, also those of other instances, and deletes what the broker acked: at least once, each stream in
 * the order of its ids. Each channel has a loop of its own, so that a topic that fails delays only its own records. No order is
 * promised between channels.
 */
export class Publisher {
  readonly #channels: ReadonlyMap<string, ChannelPublisher>;

  constructor(options: PublisherOptions) {
    const report = () => {
      this.#report(options);
    };
    this.#channels = new Map(
      options.channels.map((channel) => {
        const topic = options.topicOf(channel);
        return [channel, new ChannelPublisher({ ...options, channel, topic, report })];
      }),
    );
  }

  start(): void {
    for (const channel of this.#channels.values()) channel.start();
  }

  /** Publishes records that were just committed, and the records that are pending before them in their streams. */
  publish(records: readonly PendingRecord[]): void {
    for (const [channel, some] of Map.groupBy(records, (record) => record.channel)) this.#of(channel).publish(some);
  }

  /** Records that were committed here and are not sent yet. */
  get inFlightCount(): number {
    return [...this.#channels.values()].reduce((sum, { inFlightCount }) => sum + inFlightCount, 0);
  }

  /** Whether there is no room for more records of a channel. */
  isFull(channel: string): boolean {
    return this.#of(channel).isFull;
  }

  /** Whether a channel is full because it is slow, not because it fails: what commits records has to slow down. */
  isBusy(): boolean {
    return [...this.#channels.values()].some(({ isFull, problem }) => isFull && problem === undefined);
  }

  /** Streams of a channel that wait for a record which another session has held for a while. */
  heldStreams(channel: string): readonly string[] {
    return this.#of(channel).heldStreams;
  }

  /** Sends what is left, without waiting for a broker that does not answer. */
  async stop(): Promise<void> {
    await Promise.all([...this.#channels.values()].map((channel) => channel.stop()));
  }

  #of(channel: string): ChannelPublisher {
    const one = this.#channels.get(channel);
    if (one === undefined) throw new InvariantError(`the publisher has no channel ${channel}`);
    return one;
  }

  #report({ health, throttled }: PublisherOptions): void {
    const problems = [...this.#channels.values()].flatMap(({ problem }) => problem ?? []);
    const failing = problems.filter(({ kind }) => kind === 'failing');
    const topics = (some: typeof problems) => some.map(({ topic }) => topic).join(', ');
    if (failing.length === 0) health(undefined);
    else health(...outageOf('EVENTS_CANNOT_LEAVE', `Cannot send events to ${topics(failing)}`, failing[0]?.cause));
    const slow = problems.filter(({ kind }) => kind === 'throttled');
    throttled(
      slow.length === 0 ? undefined : sentence('BROKER_THROTTLES', `The broker throttles records to ${topics(slow)}`),
    );
  }
}
