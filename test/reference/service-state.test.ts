/** How the answers of a service determine its state; times are milliseconds. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceState } from '../../src/reference/service-state.ts';
import { OutageError } from '../../src/reference/source.ts';

const RETRY_MS = 30_000;
const MINUTE_MS = 60_000;
const clock = { time: 1, now: () => clock.time };
let state: ServiceState;
beforeEach(() => {
  state = new ServiceState(RETRY_MS, clock);
});

/** Notes the failure of a question that was sent just now. */
const fail = (question: string) => state.noteFailure(question, clock.time);

describe('a question that fails', () => {
  it('is asked again for 30 s, and then given up if another question was answered in that time', () => {
    expect(fail('a')).toBe('ask again');
    clock.time += 1;
    state.noteAnswer('b');
    clock.time += RETRY_MS - 2;
    expect(fail('a')).toBe('ask again');
    clock.time += 1;
    expect(fail('a')).toBe('give up');
  });

  it('counts as failed from the time when it was sent', () => {
    state.noteAnswer('b');
    clock.time += 1_000;
    expect(state.noteFailure('a', clock.time - 1_000)).toBe('ask again');
    clock.time += RETRY_MS - 1_000;
    expect(fail('a')).toBe('give up');
  });

  it('is an outage if other questions were answered only before it failed', () => {
    state.noteAnswer('b');
    clock.time += 1;
    expect(fail('a')).toBe('ask again');
    clock.time += RETRY_MS;
    expect(fail('a')).toBe('outage');
    state.noteAnswer('b');
    expect(fail('a')).toBe('give up');
  });

  it.each<[string, () => void]>([
    ['was answered', () => state.noteAnswer('a')],
    ['met an outage', () => state.noteNoAnswer('a', clock.time)],
    ['was not asked for 5 minutes', () => (clock.time += 5 * MINUTE_MS + 1)],
  ])('gets another 30 s once it %s', (_what, happens) => {
    fail('a');
    clock.time += RETRY_MS;
    happens();
    state.noteAnswer('b');
    expect(fail('a')).toBe('ask again');
  });

  it('gets another 30 s if it was not asked for more than a minute and not given up', () => {
    fail('a');
    state.noteAnswer('b');
    clock.time += RETRY_MS - 1;
    expect(fail('a')).toBe('ask again');
    clock.time += MINUTE_MS + 1;
    expect(fail('a')).toBe('ask again');
    clock.time += RETRY_MS;
    expect(fail('a')).toBe('outage');
    state.noteAnswer('b');
    expect(fail('a')).toBe('give up');
  });

  it('is given up if it is asked again within a minute, after its 30 s', () => {
    fail('a');
    state.noteAnswer('b');
    clock.time += MINUTE_MS;
    expect(fail('a')).toBe('give up');
  });

  it('is given up at once if it is asked again within 5 minutes', () => {
    fail('a');
    state.noteAnswer('b');
    clock.time += RETRY_MS;
    expect(fail('a')).toBe('give up');
    clock.time += 5 * MINUTE_MS;
    expect(fail('a')).toBe('give up');
    clock.time += 5 * MINUTE_MS + 1;
    expect(fail('a')).toBe('ask again');
  });
});

describe('a service that does not answer', () => {
  it('is in an outage since the first request that it did not answer', () => {
    expect(state.hasBeenAwayFor(0)).toBe(false);
    state.noteNoAnswer('a', clock.time);
    clock.time += 2_000;
    state.noteNoAnswer('b', clock.time);
    clock.time += 2_999;
    expect(state.hasBeenAwayFor(5_000)).toBe(false);
    clock.time += 1;
    expect(state.hasBeenAwayFor(5_000)).toBe(true);
  });

  it.each(['noteAnswer', 'noteFailure'] as const)('is out of its outage after %s', (note) => {
    state.noteNoAnswer('a', clock.time);
    state.noteOutage(new OutageError('things', 'away'));
    clock.time += MINUTE_MS / 3;
    expect(state.outage?.message).toBe('away');
    state[note]('b', clock.time);
    expect([state.hasBeenAwayFor(0), state.outage]).toEqual([false, undefined]);
  });

  it('reports an outage for at most 30 s after the last request that met it', () => {
    state.noteOutage(new OutageError('things', 'away'));
    clock.time += 29_999;
    expect(state.outage?.message).toBe('away');
    clock.time += 1;
    expect(state.outage).toBeUndefined();
  });
});
