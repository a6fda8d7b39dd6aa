import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RECOVERY_MS, Readiness } from '../src/readiness.ts';
import type { Impact } from '../src/readiness.ts';

let announced: [component: string, reason: string | undefined, impact: Impact][];
let readiness: Readiness;
beforeEach(() => {
  jest.useFakeTimers();
  announced = [];
  readiness = new Readiness({ database: 'not ready', outbox: 'degraded' }, (component, reason, impact) => {
    announced.push([component, reason, impact]);
  });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('the status', () => {
  it('is not ready until every component has reported', () => {
    readiness.report('database', undefined);
    expect(readiness.status).toBe('not ready');
    readiness.report('outbox', undefined);
    expect(readiness.status).toBe('ready');
  });

  it('is that of the most severe fault', () => {
    readiness.report('database', undefined);
    readiness.report('outbox', 'full');
    expect(readiness.status).toBe('degraded');
    readiness.report('database', 'away');
    expect(readiness.status).toBe('not ready');
    expect(readiness.toJSON()).toEqual({ database: 'away', outbox: 'full' });
  });

  it('throws for a component that it does not have', () => {
    expect(() => {
      readiness.report('databse', undefined);
    }).toThrow('readiness must have a component databse');
  });
});

describe('an outage', () => {
  beforeEach(() => {
    readiness.report('database', undefined);
    announced = [];
  });

  it('is announced when it begins, with its first reason, and when it has ended', () => {
    const reasons = ['away', 'still away', undefined];
    expect(reasons.map((reason) => readiness.report('database', reason))).toEqual([true, false, false]);
    expect(announced).toEqual([['database', 'away', 'not ready']]);
    jest.advanceTimersByTime(RECOVERY_MS);
    expect(announced).toEqual([
      ['database', 'away', 'not ready'],
      ['database', undefined, 'not ready'],
    ]);
  });

  it('is announced once with each code that it has', () => {
    const reasons = ['a. (AWAY)', 'b. (AWAY)', 'c. (REFUSED)', undefined, 'd. (AWAY)', 'e. (REFUSED)', undefined];
    for (const reason of reasons) readiness.report('database', reason);
    jest.advanceTimersByTime(RECOVERY_MS);
    expect(announced.map(([, reason]) => reason)).toEqual(['a. (AWAY)', 'c. (REFUSED)', undefined]);
  });

  it('is one outage if it ends and begins again within the recovery time', () => {
    for (let times = 0; times < 20; times += 1) {
      readiness.report('database', `away ${String(times)}`);
      jest.advanceTimersByTime(RECOVERY_MS / 2);
      readiness.report('database', undefined);
      readiness.report('database', undefined);
      jest.advanceTimersByTime(RECOVERY_MS / 2);
    }
    expect(announced).toEqual([['database', 'away 0', 'not ready']]);
    jest.advanceTimersByTime(RECOVERY_MS);
    expect(announced.length).toBe(2);
    readiness.report('database', 'away again');
    expect(announced.at(-1)).toEqual(['database', 'away again', 'not ready']);
  });

  it('is announced as ended when readiness closes, if its component works again', () => {
    readiness.report('database', 'away');
    readiness.report('database', undefined);
    readiness.report('outbox', 'full');
    readiness.close();
    expect(announced).toEqual([
      ['database', 'away', 'not ready'],
      ['outbox', 'full', 'degraded'],
      ['database', undefined, 'not ready'],
    ]);
  });
});

it('announces a component that works for the first time', () => {
  readiness.report('outbox', undefined);
  readiness.report('outbox', undefined);
  expect(announced).toEqual([['outbox', undefined, 'degraded']]);
});
