/** What a service's answers say of its health; times are milliseconds. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceState } from '../../src/reference/service-state.ts';
import { OutageError } from '../../src/reference/source.ts';

const RETRY = 30_000;
const MINUTE = 60_000;
const clock = { time: 1, now: () => clock.time };
let state: ServiceState;
beforeEach(() => {
  state = new ServiceState(RETRY, clock);
});

/** Fails a question that was sent just now. */
const fail = (question: string) => state.noteFailure(question, clock.time);

describe('a question that fails', () => {
  it('is asked again for 30 s, and given up if another was answered in that time', () => {
    expect(fail('a')).toBe('ask again');
    clock.time += 1;
    state.noteAnswer('b');
    clock.time += RETRY - 2;
    expect(fail('a')).toBe('ask again');
    clock.time += 1;
    expect(fail('a')).toBe('give up');
  });

  it('has failed since it was sent', () => {
    state.noteAnswer('b');
    clock.time += 1_000;
    expect(state.noteFailure('a', clock.time - 1_000)).toBe('ask again');
    clock.time += RETRY - 1_000;
    expect(fail('a')).toBe('give up');
  });

  it('is an outage if others were answered only before it failed', () => {
    state.noteAnswer('b');
    clock.time += 1;
    expect(fail('a')).toBe('ask again');
    clock.time += RETRY;
    expect(fail('a')).toBe('outage');
    state.noteAnswer('b');
    expect(fail('a')).toBe('give up');
  });

  it.each<[string, () => void]>([
    ['was answered', () => state.noteAnswer('a')],
    ['met an outage', () => state.noteNoAnswer('a', clock.time)],
    ['was not asked for 5 minutes', () => (clock.time += 5 * MINUTE + 1)],
  ])('begins anew once it %s', (_what, happens) => {
    fail('a');
    clock.time += RETRY;
    happens();
    state.noteAnswer('b');
    expect(fail('a')).toBe('ask again');
  });

  it('begins anew if nobody has asked it for more than a minute and it was not given up', () => {
    fail('a');
    state.noteAnswer('b');
    clock.time += RETRY - 1;
    expect(fail('a')).toBe('ask again');
    clock.time += MINUTE + 1;
    expect(fail('a')).toBe('ask again');
    clock.time += RETRY;
    expect(fail('a')).toBe('outage');
    state.noteAnswer('b');
    expect(fail('a')).toBe('give up');
  });

  it('goes on if it is asked again when the one before it was given up', () => {
    fail('a');
    state.noteAnswer('b');
    clock.time += MINUTE;
    expect(fail('a')).toBe('give up');
  });

  it('is given up at once when it is asked again within 5 minutes', () => {
    fail('a');
    state.noteAnswer('b');
    clock.time += RETRY;
    expect(fail('a')).toBe('give up');
    clock.time += 5 * MINUTE;
    expect(fail('a')).toBe('give up');
    clock.time += 5 * MINUTE + 1;
    expect(fail('a')).toBe('ask again');
  });
});

describe('a service that does not answer', () => {
  it('is away since the first request that it did not answer', () => {
    expect(state.hasBeenAwayFor(0)).toBe(false);
    state.noteNoAnswer('a', clock.time);
    clock.time += 2_000;
    state.noteNoAnswer('b', clock.time);
    clock.time += 2_999;
    expect(state.hasBeenAwayFor(5_000)).toBe(false);
    clock.time += 1;
    expect(state.hasBeenAwayFor(5_000)).toBe(true);
  });

  it.each(['noteAnswer', 'noteFailure'] as const)('is up again after %s', (note) => {
    state.noteNoAnswer('a', clock.time);
    state.noteOutage(new OutageError('things', 'away'));
    clock.time += MINUTE / 3;
    expect(state.outage?.message).toBe('away');
    state[note]('b', clock.time);
    expect([state.hasBeenAwayFor(0), state.outage]).toEqual([false, undefined]);
  });

  it('is not said to be away for longer than 30 s after somebody met that', () => {
    state.noteOutage(new OutageError('things', 'away'));
    clock.time += 29_999;
    expect(state.outage?.message).toBe('away');
    clock.time += 1;
    expect(state.outage).toBeUndefined();
  });
});
