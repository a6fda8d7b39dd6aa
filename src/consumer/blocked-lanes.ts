import { sentence } from '../errors.ts';
import { partitionKey } from '../keys.ts';
import type { Logger } from '../log.ts';
import { RECOVERY_MS } from '../readiness.ts';
import type { OwnerKey } from '../store/tables/owner.ts';
import { messageOf } from '../waiting.ts';
import type { BatchShare } from './batch-share.ts';
import type { Lane } from './lane.ts';
import type { QueuedRecord } from './queued-record.ts';

/** A blocked lane is tried again after this time, doubled with each failed try. */
const RETRY_DELAY_MS = { first: 50, max: 1_000 } as const;
/** Retries may take at most a tenth of the consumer's time. */
const RETRY_SHARE = 10;
/** A full channel is checked for room this often. */
const ROOM_CHECK_INTERVAL_MS = 50;
/** A lane that is blocked for this long is reported. */
const REPORT_AFTER_MS = 1_000;

/** Why the first record of a lane cannot be applied now. */
export interface Obstacle {
  readonly lane: Lane;
  readonly queued: QueuedRecord;
  /** The owner whose row another session holds; undefined if it is another row, or the database is too slow. */
  readonly owner?: OwnerKey;
  /** The channel that has no room for its records, if that is the reason. */
  readonly fullChannel?: string;
  /** The error of the database; undefined if a lock was not waited for. */
  readonly error?: unknown;
}

interface Blocked extends Obstacle {
  /** Milliseconds since 1970, as the next one. */
  readonly since: number;
  retryAt: number;
  delayMs: number;
}

/**
 * The lanes that wait alone while the others go on. Another session holds a row that their first record needs, or that record
 * takes longer than a transaction may, or its channel is full. Each is tried again, with its first record only and with
 * growing delays, or once its channel has room. That is no outage and no attempt of the record.
 */
export class BlockedLanes {
  readonly #lanes = new Map<Lane, Blocked>();
  /** When each partition was seen blocked for long the last time, in milliseconds since 1970. */
  readonly #lateAt = new Map<string, number>();
  readonly #log: Logger;
  readonly #isFull: (channel: string) => boolean;

  /** @param isFull whether a channel has no room. */
  constructor(log: Logger, isFull: (channel: string) => boolean) {
    this.#log = log;
    this.#isFull = isFull;
  }

  block(obstacle: Obstacle): void {
    const before = this.#lanes.get(obstacle.lane);
    const isSame = before?.queued === obstacle.queued;
    const delayMs = isSame ? Math.min(before.delayMs * 2, RETRY_DELAY_MS.max) : RETRY_DELAY_MS.first;
    const since = isSame ? before.since : Date.now();
    this.#lanes.set(obstacle.lane, { ...obstacle, since, delayMs, retryAt: Date.now() + delayMs });
  }

  /** Forgets lanes whose first record was applied, or has room now, or that are not read any more. */
  prune(current: readonly Lane[]): void {
    for (const [lane, { queued, fullChannel }] of this.#lanes) {
      const hasRoom = fullChannel !== undefined && !this.#isFull(fullChannel);
      if (hasRoom || lane.head !== queued || !current.includes(lane)) this.#lanes.delete(lane);
    }
  }

  has(lane: Lane): boolean {
    return this.#lanes.has(lane);
  }

  /** The owners that lanes wait for: nobody else needs to find out that they are held. */
  get owners(): readonly OwnerKey[] {
    return [...this.#lanes.values()].flatMap(({ owner }) => owner ?? []);
  }

  /** The first record of each lane that is to be tried again now. */
  get due(): readonly BatchShare[] {
    const now = Date.now();
    return [...this.#lanes.values()]
      .filter(({ retryAt, fullChannel }) => fullChannel === undefined && retryAt <= now)
      .map(({ lane }) => ({ lane, records: lane.peek(1) }))
      .filter(({ records }) => records.length > 0);
  }

  /** Milliseconds until the next lane may be tried again; Infinity if none is blocked. */
  get nextRetryMs(): number {
    const delays = [...this.#lanes.values()].map(({ retryAt, fullChannel }) =>
      fullChannel === undefined ? Math.max(1, retryAt - Date.now()) : ROOM_CHECK_INTERVAL_MS,
    );
    return Math.min(...delays);
  }

  /** Postpones the next retries: the last ones took `tookMs`. */
  retried(tookMs: number): void {
    const earliest = Date.now() + tookMs * RETRY_SHARE;
    for (const blocked of this.#lanes.values()) blocked.retryAt = Math.max(blocked.retryAt, earliest);
  }

  /**
   * Returns which lanes have been blocked for long; undefined if none has. Logs each once, when it begins. Full channels
   * report themselves.
   */
  report(): string | undefined {
    const late = [...this.#lanes.values()].filter(
      ({ since, fullChannel }) => fullChannel === undefined && Date.now() - since >= REPORT_AFTER_MS,
    );
    for (const blocked of late) {
      const name = partitionKey(blocked.lane);
      // A session that locks one owner after the other blocks a lane again and again: that is one outage.
      if (blocked.since - (this.#lateAt.get(name) ?? -Infinity) >= RECOVERY_MS) this.#logBlocked(blocked);
      this.#lateAt.set(name, Date.now());
    }
    if (late.length === 0) return undefined;
    const blocked = late.map(({ lane, queued }) => `${partitionKey(lane)} at offset ${String(queued.record.offset)}`);
    return sentence('LANE_BLOCKED', `The next record cannot be applied yet in ${blocked.join(', ')}`);
  }

  #logBlocked({ lane, queued, owner, error }: Blocked): void {
    this.#log.warn(
      {
        topic: lane.topic,
        partition: lane.partition,
        offset: String(queued.record.offset),
        ...owner,
        ...(error !== undefined && { error: messageOf(error) }),
      },
      sentence(
        'LANE_BLOCKED',
        owner === undefined
          ? 'A partition waits: its next record cannot be applied yet'
          : 'A partition waits: another database session holds the row of this owner',
      ),
    );
  }
}
