/** kafkajs' queue of requests to one broker: it reports throttling, and checks itself only while it has a reason to. */
import { createRequire } from 'node:module';

interface EventEmitter {
  emit(event: string, payload: ThrottlePayload): void;
}

/** The fields of kafkajs' RequestQueue that are used here. */
interface RequestQueue {
  readonly broker: string;
  readonly clientId: string;
  readonly pending: readonly unknown[];
  readonly instrumentationEmitter: EventEmitter | null;
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  maybeThrottle(milliseconds: number | null | undefined): void;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

/** The payload of a client's REQUEST_QUEUE_SIZE event; it has `throttledMs` only if the broker throttles the client. */
export interface ThrottlePayload {
  readonly broker: string;
  readonly clientId: string;
  readonly queueSize: number;
  readonly throttledMs?: number;
}

const CHECK_INTERVAL_MS = 10;

const require = createRequire(import.meta.url);
const { prototype } = require('kafkajs/src/network/requestQueue') as { readonly prototype: RequestQueue };
const { NETWORK_REQUEST_QUEUE_SIZE } = require('kafkajs/src/network/instrumentationEvents') as {
  readonly NETWORK_REQUEST_QUEUE_SIZE: string;
};
const { maybeThrottle } = prototype;

/**
 * Emits an event when a broker throttles the client. kafkajs itself holds requests back silently for as long as the broker asks;
 * with the event the sender can wait instead of queueing requests that it will repeat.
 */
prototype.maybeThrottle = function (this: RequestQueue, milliseconds) {
  maybeThrottle.call(this, milliseconds ?? null);
  if (!milliseconds) return;
  const { broker, clientId, pending } = this;
  this.instrumentationEmitter?.emit(NETWORK_REQUEST_QUEUE_SIZE, {
    broker,
    clientId,
    queueSize: pending.length,
    throttledMs: milliseconds,
  });
};

/**
 * Schedules the next check only while requests are pending or the broker throttles. kafkajs 2.2.4 runs a timer per connection
 * without end, every millisecond and with a negative time: 5 % of a core when idle (tulios/kafkajs#1751, #1704).
 */
export function scheduleCheckPendingRequests(
  this: Pick<RequestQueue, 'pending' | 'throttledUntil' | 'throttleCheckTimeoutId' | 'checkPendingRequests'>,
): void {
  if (this.throttleCheckTimeoutId !== null) return;
  const throttledMs = this.throttledUntil - Date.now();
  if (this.pending.length === 0 && throttledMs <= 0) return;
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : CHECK_INTERVAL_MS,
  );
}

prototype.scheduleCheckPendingRequests = scheduleCheckPendingRequests;
