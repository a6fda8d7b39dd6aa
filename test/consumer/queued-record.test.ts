/** The state machine of a record: the allowed transitions, and the fields that each state has. */
import { describe, expect, it } from '@jest/globals';
import { MAX_ATTEMPTS, QueuedRecord } from '../../src/consumer/queued-record.ts';
import type { RecordState } from '../../src/consumer/queued-record.ts';
import { decodeAsCommand } from '../support/queued.ts';

const invalid = { kind: 'invalid', code: 'INVALID_JSON', pointer: '', sentence: 'is not JSON' } as const;
const need = { fact: 'characterPoint', question: 10 } as const;

type Step = (queued: QueuedRecord) => void;
const transitions = {
  decode: decodeAsCommand,
  skip: (queued) => {
    queued.skip();
  },
  refuse: (queued) => {
    queued.refuse(invalid);
  },
  expect: (queued) => {
    queued.expect([need]);
  },
  startPrefetch: (queued) => {
    queued.startPrefetch();
  },
  'endPrefetch, fetched': (queued) => {
    queued.endPrefetch('fetched');
  },
  'endPrefetch, failed': (queued) => {
    queued.endPrefetch('failed');
  },
  allowPrefetch: (queued) => {
    queued.allowPrefetch();
  },
  block: (queued) => {
    queued.block([need]);
  },
  startFetch: (queued) => {
    queued.startFetch();
  },
  endFetch: (queued) => {
    queued.endFetch();
  },
  'fail, once': (queued) => {
    queued.fail(new Error('no luck'), false);
  },
  'fail, permanently': (queued) => {
    queued.fail(new Error('no luck'), true);
  },
  apply: (queued) => {
    queued.apply();
  },
} as const satisfies Readonly<Record<string, Step>>;
type Transition = keyof typeof transitions;

/** The transitions to each state. */
const paths: Readonly<Record<RecordState, readonly Transition[]>> = {
  queued: [],
  skipped: ['skip'],
  invalid: ['refuse'],
  ready: ['decode'],
  prefetching: ['decode', 'startPrefetch'],
  'prefetch failed': ['decode', 'startPrefetch', 'endPrefetch, failed'],
  blocked: ['decode', 'block'],
  fetching: ['decode', 'block', 'startFetch'],
  'dead-lettered': ['fail, permanently'],
  applied: ['skip', 'apply'],
};

/** The state after each transition that is allowed; all others throw. */
const allowed: Readonly<Record<RecordState, Partial<Record<Transition, RecordState>>>> = {
  queued: {
    decode: 'ready',
    skip: 'skipped',
    refuse: 'invalid',
    'fail, once': 'queued',
    'fail, permanently': 'dead-lettered',
  },
  skipped: { apply: 'applied' },
  invalid: { apply: 'applied' },
  ready: {
    expect: 'ready',
    startPrefetch: 'prefetching',
    block: 'blocked',
    'fail, once': 'ready',
    'fail, permanently': 'dead-lettered',
    apply: 'applied',
  },
  prefetching: {
    expect: 'prefetching',
    'endPrefetch, fetched': 'ready',
    'endPrefetch, failed': 'prefetch failed',
    block: 'prefetching',
    'fail, once': 'prefetching',
    'fail, permanently': 'dead-lettered',
    apply: 'applied',
  },
  'prefetch failed': {
    expect: 'prefetch failed',
    allowPrefetch: 'ready',
    block: 'blocked',
    'fail, once': 'prefetch failed',
    'fail, permanently': 'dead-lettered',
    apply: 'applied',
  },
  blocked: {
    expect: 'blocked',
    block: 'blocked',
    startFetch: 'fetching',
    'fail, once': 'blocked',
    'fail, permanently': 'dead-lettered',
    apply: 'applied',
  },
  fetching: { endFetch: 'ready' },
  // A prefetch may end after its record has become a dead letter, or was applied without its facts.
  'dead-lettered': {
    'endPrefetch, fetched': 'dead-lettered',
    'endPrefetch, failed': 'dead-lettered',
    apply: 'applied',
  },
  applied: { 'endPrefetch, fetched': 'applied', 'endPrefetch, failed': 'applied' },
};

const states = Object.keys(paths) as RecordState[];
const names = Object.keys(transitions) as Transition[];

function after(...steps: readonly Transition[]): QueuedRecord {
  const queued = new QueuedRecord({ offset: 7n, timestamp: 0, key: null, value: null, headers: {} });
  for (const step of steps) transitions[step](queued);
  return queued;
}

describe.each(states)('a record that is %s', (state) => {
  it('is in that state after the transitions to it', () => {
    expect(after(...paths[state]).state).toBe(state);
  });

  it.each(names)('%s: changes to the state of the table, or throws and keeps its state', (transition) => {
    const queued = after(...paths[state]);
    const next = allowed[state][transition];
    const attempts = queued.attempts;
    if (next === undefined) {
      expect(() => {
        transitions[transition](queued);
      }).toThrow(expect.objectContaining({ name: 'InvariantError' }));
      expect([queued.state, queued.attempts]).toEqual([state, attempts]);
    } else {
      transitions[transition](queued);
      expect(queued.state).toBe(next);
    }
  });

  it('has a task if its rule decides its effect', () => {
    const isDeciding = ['ready', 'prefetching', 'prefetch failed', 'blocked'].includes(state);
    expect(after(...paths[state]).task !== undefined).toBe(isDeciding);
  });
});

describe('a record', () => {
  it('is blocked after its prefetch, successful or not, if its rule needed facts meanwhile', () => {
    for (const end of ['endPrefetch, fetched', 'endPrefetch, failed'] as const) {
      const queued = after('decode', 'startPrefetch', 'block', end);
      expect([queued.state, queued.startFetch()]).toEqual(['blocked', [need]]);
    }
  });

  it('has no missing facts once they were fetched', () => {
    expect(after('decode', 'block').missingFacts).toEqual([need]);
    expect(after('decode', 'block', 'startFetch', 'endFetch').missingFacts).toBeUndefined();
    expect(after('decode', 'block', 'fail, permanently').missingFacts).toBeUndefined();
  });

  it('becomes a dead letter with its last failed attempt', () => {
    const queued = after('decode');
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      expect(queued.state).toBe('ready');
      queued.fail(new Error(`error ${String(attempt)}`), false);
    }
    expect(queued).toMatchObject({ state: 'dead-lettered', attempts: MAX_ATTEMPTS, lastError: 'error 3' });
  });

  it('has no facts, no violation and no error before it has one', () => {
    const queued = after();
    for (const field of ['facts', 'invalid', 'lastError'] as const) expect(() => queued[field]).toThrow(/a record/);
    expect(after('refuse').invalid).toEqual(invalid);
  });
});
