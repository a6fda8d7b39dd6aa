import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
}

const CHECK_INTERVAL = 10;

/**
 * kafkajs 2.2.4 keeps a timer running per connection for ever, every millisecond and with a negative time: 5 % of a
 * core when idle (tulios/kafkajs#1751, #1704). A check is needed only while requests wait or the broker throttles.
 */
export function scheduleCheckPendingRequests(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null) return;
  const throttled = this.throttledUntil - Date.now();
  if (this.pending.length === 0 && throttled <= 0) return;
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttled > 0 ? throttled : CHECK_INTERVAL,
  );
}

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
  prototype: { scheduleCheckPendingRequests: typeof scheduleCheckPendingRequests };
};
prototype.scheduleCheckPendingRequests = scheduleCheckPendingRequests;
