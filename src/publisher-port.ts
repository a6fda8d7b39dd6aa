import type { PendingRecord } from './store/tables/outbox.ts';

/** The publisher as the rooms see it that commit records: the consumer, the sweeps and the HTTP API. */
export interface PublisherPort {
  /** Takes records that were just committed, to send them. Returns at once. */
  publish(records: readonly PendingRecord[]): void;
  /** Whether nothing more may be committed for a channel now, by the contract's name of it. */
  isFull(channel: string): boolean;
  /** Whether a channel is full because records are committed faster than they are sent: it has room again soon. */
  isBusy(): boolean;
}
