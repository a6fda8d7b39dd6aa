import { createRequire } from 'node:module';

interface Emitter {
  emit(event: string, payload: ThrottlePayload): void;
}

interface RequestQueue {
  readonly broker: string;
  readonly clientId: string;
  readonly pending: readonly unknown[];
  readonly instrumentationEmitter: Emitter | null;
  maybeThrottle(milliseconds: number | null | undefined): void;
}

/** What a client's REQUEST_QUEUE_SIZE event carries; `throttledMs` only where the broker throttles it. */
export interface ThrottlePayload {
  readonly broker: string;
  readonly clientId: string;
  readonly queueSize: number;
  readonly throttledMs?: number;
}

const require = createRequire(import.meta.url);
const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
const { NETWORK_REQUEST_QUEUE_SIZE } = require('kafkajs/src/network/instrumentationEvents') as {
  readonly NETWORK_REQUEST_QUEUE_SIZE: string;
};
const { maybeThrottle } = prototype;

/**
 * kafkajs holds back what it sends for as long as the broker asks for, and tells nobody. The event of its request queue says
 * so now: whoever sends can wait instead of queueing what it will send again.
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
