import { describe, expect, it, jest } from '@jest/globals';
import { scheduleCheckPendingRequests } from '../../src/transport/kafkajs-request-queue.ts';

function queue(pending: number, throttledUntil = -1) {
  return {
    pending: Array.from({ length: pending }),
    throttledUntil,
    throttleCheckTimeoutId: null as NodeJS.Timeout | null,
    checkPendingRequests: jest.fn(),
  };
}

describe('the timer of a kafkajs request queue', () => {
  it('does not run if no request waits', () => {
    const idle = queue(0);
    scheduleCheckPendingRequests.call(idle);
    expect(idle.throttleCheckTimeoutId).toBeNull();
  });

  it.each([
    ['requests wait', () => queue(1)],
    ['the broker throttles', () => queue(0, Date.now() + 50)],
  ])('runs once while %s', async (_why, create) => {
    const busy = create();
    const checked = new Promise<void>((resolve) =>
      busy.checkPendingRequests.mockImplementation(() => {
        resolve();
      }),
    );
    scheduleCheckPendingRequests.call(busy);
    const timer = busy.throttleCheckTimeoutId;
    scheduleCheckPendingRequests.call(busy);
    expect(busy.throttleCheckTimeoutId).toBe(timer);
    await checked;
    expect(busy.throttleCheckTimeoutId).toBeNull();
  });
});
