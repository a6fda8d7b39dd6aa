import { sentence } from '../errors.ts';
import { outageOf } from '../outage.ts';
import type { PendingRecord } from '../store/tables/outbox.ts';
import { ChannelPublisher } from './channel-publisher.ts';
import type { ChannelPublisherOptions } from './channel-publisher.ts';

export interface PublisherOptions extends Omit<ChannelPublisherOptions, 'channel' | 'topic' | 'report'> {
  /** The channels that are sent, by the contract's names of them. */
  readonly channels: readonly string[];
  /** The topic of a channel. */
  topicOf(channel: string): string;
  /** Takes why events cannot leave, or undefined when they do. */
  health(reason: string | undefined, cause?: unknown): void;
  /** Takes whose records the broker throttles, or undefined when it does not. */
  throttled(reason: string | undefined): void;
}

/**
 * Sends what was committed, whoever committed it, and forgets what the broker acked: at least once, each stream in the
 * order of its ids. A loop for each channel, so that a topic that fails holds nothing but its own records; no order is
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

  /** Publishes records that were just committed, and whatever their streams have pending before them. */
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

  /** Whether a channel has no room and soon will: a publisher that cannot keep up slows down whoever commits. */
  isBusy(): boolean {
    return [...this.#channels.values()].some(({ isFull, trouble }) => isFull && trouble === undefined);
  }

  /** Streams of a channel that wait for a record which another session has held for a while. */
  heldStreams(channel: string): readonly string[] {
    return this.#of(channel).heldStreams;
  }

  /** Sends what is left, as far as that goes without waiting for a broker that is away. */
  async stop(): Promise<void> {
    await Promise.all([...this.#channels.values()].map((channel) => channel.stop()));
  }

  #of(channel: string): ChannelPublisher {
    const one = this.#channels.get(channel);
    if (one === undefined) throw new Error(`nothing is sent on a channel ${channel}`);
    return one;
  }

  #report({ health, throttled }: PublisherOptions): void {
    const troubles = [...this.#channels.values()].flatMap(({ trouble }) => trouble ?? []);
    const failing = troubles.filter(({ kind }) => kind === 'failing');
    const topics = (some: typeof troubles) => some.map(({ topic }) => topic).join(', ');
    if (failing.length === 0) health(undefined);
    else health(...outageOf('EVENTS_CANNOT_LEAVE', `Events cannot leave to ${topics(failing)}`, failing[0]?.cause));
    const slow = troubles.filter(({ kind }) => kind === 'throttled');
    throttled(
      slow.length === 0
        ? undefined
        : sentence('BROKER_THROTTLES', `What is sent to ${topics(slow)} is throttled by the broker`),
    );
  }
}
