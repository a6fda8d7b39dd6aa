import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { reportThrottle } from '../../src/consumer/fetch-throttle.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it('reports one fault while fetches are throttled repeatedly', () => {
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
