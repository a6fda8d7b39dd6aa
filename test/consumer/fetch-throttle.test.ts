import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { reportThrottle } from '../../src/consumer/fetch-throttle.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it('is one trouble as long as fetches are throttled again and again', () => {
  let reason: string | undefined;
  const take = reportThrottle((reported) => (reason = reported));
  take(50);
  expect(reason).toBeUndefined();
  for (let round = 0; round < 3; round += 1) {
    take(8_000);
    jest.advanceTimersByTime(8_500);
    expect(reason).toContain('BROKER_THROTTLES');
  }
  jest.advanceTimersByTime(10_000);
  expect(reason).toBeUndefined();
});
