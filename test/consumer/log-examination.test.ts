/** A gap that two fetches show: read over if the log has it, and otherwise left to what opens the lane and reports. */
import { expect, it } from '@jest/globals';
import { Lane } from '../../src/consumer/lane.ts';
import { LogExamination } from '../../src/consumer/log-examination.ts';
import { createLog } from '../../src/log.ts';
import type { Broker } from '../../src/transport/broker.ts';

/** Examines a gap before offset 5 twice. @returns what was done then. */
async function examineGap(bounds: Broker['bounds']): Promise<string[]> {
  const calls: string[] = [];
  const note = (call: string) => () => {
    calls.push(call);
  };
  const membership = {
    pause: note('pause'),
    resume: note('resume'),
    seek: note('seek'),
    commit: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
  const examination = new LogExamination({
    broker: { bounds },
    membership: () => membership,
    has: () => true,
    refuse: note('refuse'),
    reopen: () => Promise.resolve(note('reopen')()),
    added: note('added'),
    stop: new AbortController().signal,
    log: createLog('silent'),
  });
  const lane = new Lane({ topic: 't', partition: 0, next: 3n, lastApplied: undefined, last: undefined });
  const record = { offset: 5n, timestamp: 0, key: null, value: null, headers: {} };
  const fetched = { first: 5n, next: 6n, records: [record] };
  for (const _fetch of [1, 2]) {
    calls.length = 0;
    const anomaly = lane.push(fetched);
    if (anomaly === undefined) throw new Error('the lane has no gap');
    await examination.examine(lane, fetched, anomaly);
  }
  return calls;
}

it.each<[string, Broker['bounds'], string[]]>([
  [
    'the log has it',
    () => Promise.resolve(new Map([[0, { low: 3n, high: 9n }]])),
    ['pause', 'seek', 'resume', 'added'],
  ],
  ['its records were deleted', () => Promise.resolve(new Map([[0, { low: 5n, high: 9n }]])), ['pause', 'reopen']],
  ['the broker has no log of the partition', () => Promise.resolve(new Map()), ['pause', 'reopen']],
  ['the broker does not answer', () => Promise.reject(new Error('no answer')), ['pause', 'reopen']],
])('a gap if %s', async (_name, bounds, calls) => {
  expect(await examineGap(bounds)).toEqual(calls);
});
