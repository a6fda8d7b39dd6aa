/** Facts are fetched while lanes work: in order within a lane, for several lanes together, and until they are known. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { sharesOf } from '../../src/consumer/batch-share.ts';
import { Fetching } from '../../src/consumer/fetching.ts';
import { Lane } from '../../src/consumer/lane.ts';
import { petCommands } from '../../src/handlers/pet-command.ts';
import { FailedQuestionError, OutageError } from '../../src/reference/source.ts';
import type { References } from '../../src/reference/source.ts';
import { award, command, spawn } from '../support/commands.ts';
import { referencesOf } from '../support/facts.ts';
import { fetchedOf } from '../support/fetched.ts';
import { applyFirst } from '../support/queued.ts';
import { until } from '../support/until.ts';

type Point = { x: number; y: number } | undefined;
interface Question {
  readonly characterId: number;
  answer(point: Point): void;
  fail(error?: Error): void;
}

/** The questions that the characters service has not answered yet, in order. */
let questions: Question[];
let reasons: (string | undefined)[];
let causes: unknown[];
let arrivals: number;
let lanes: Lane[];
let stop: AbortController;
/** Whether the characters service is in an outage. */
let isAway: boolean;
let fetching: Fetching;
/** The outage that some service is in. */
let outage: OutageError | undefined;

const references: References = {
  ...referencesOf({}),
  characterPoint: {
    answerAtHand: () => undefined,
    isInOutage: () => isAway,
    ask: (_asker, characterId) =>
      new Promise((resolve, reject) => {
        questions.push({
          characterId,
          answer: resolve,
          fail: (error = new OutageError('things', 'characters cannot be asked')) => {
            reject(error);
          },
        });
      }),
  },
};

beforeEach(() => {
  questions = [];
  reasons = [];
  causes = [];
  arrivals = 0;
  outage = undefined;
  isAway = false;
  stop = new AbortController();
  lanes = [];
  fetching = new Fetching({
    handlers: new Map([['pets', petCommands]]),
    references,
    forwardedHeaders: [],
    has: (lane) => lanes.includes(lane),
    arrived: () => {
      arrivals += 1;
    },
    outage: () => outage,
    health: (reason, cause) => {
      reasons.push(reason);
      causes.push(cause);
    },
    stop: stop.signal,
  });
});

/** Returns a lane with these commands. */
function laneOf(partition: number, ...messages: readonly Parameters<typeof command>[0][]): Lane {
  const lane = new Lane({ topic: 'pets', partition, next: 0n, lastApplied: undefined, last: undefined });
  const records = messages.map((message, index) => {
    const { key, value, headers } = command(message);
    return { key, value, headers, offset: BigInt(index), timestamp: 0 };
  });
  lane.push(fetchedOf(records));
  lanes.push(lane);
  return lane;
}

/** Returns the offsets that a batch would have of each lane. */
const ready = () =>
  sharesOf(lanes, 1_000).map(({ lane, records }) => [
    lane.partition,
    records.map(({ record }) => Number(record.offset)),
  ]);
/** Resolves after the callbacks of answered questions have run. */
const ticks = () => new Promise((resolve) => setImmediate(resolve));

describe('a prefetch', () => {
  it('asks all certain questions of waiting messages at once; a batch ends before the first that waits', async () => {
    laneOf(0, award(1, 1), spawn(10, 1), award(1, 1), spawn(11, 2));
    laneOf(1, spawn(12, 3), award(3, 1));
    laneOf(2, award(4, 1));
    fetching.start(lanes);
    expect(questions.map(({ characterId }) => characterId)).toEqual([10, 11, 12]);
    expect(ready()).toEqual([[2, [0]], [0, [0]]]); // prettier-ignore
    questions[1]?.answer(undefined);
    questions[2]?.answer({ x: 1, y: 2 });
    await ticks();
    expect(arrivals).toBe(2);
    expect(ready()).toEqual([[2, [0]], [1, [0, 1]], [0, [0]]]); // prettier-ignore
    questions[0]?.answer(undefined);
    await ticks();
    expect(ready()).toContainEqual([0, [0, 1, 2, 3]]);
    fetching.start(lanes);
    expect(questions).toHaveLength(3);
    expect(lanes[1]?.head?.facts.ask('characterPoint', 12)).toEqual({ kind: 'known', answer: { x: 1, y: 2 } });
  });

  it('is tried once; if it fails, the record is ready and its rule may need the fact', async () => {
    const lane = laneOf(0, spawn(10, 1));
    fetching.start(lanes);
    questions[0]?.fail();
    await ticks();
    expect(ready()).toEqual([[0, [0]]]);
    expect(lane.head?.facts.ask('characterPoint', 10).kind).toBe('needs');
    fetching.start(lanes);
    expect(questions).toHaveLength(1);
    // The failure is reported until the record is applied: its rule may not need the fact.
    expect(causes.at(-1)).toMatchObject({ message: 'characters cannot be asked' });
    applyFirst(lane, 1);
    fetching.start(lanes);
    expect(reasons.at(-1)).toBeUndefined();
  });

  it('continues with records that arrive after others were applied', () => {
    const lane = laneOf(0, spawn(10, 1), award(1, 1));
    fetching.start(lanes);
    applyFirst(lane, 1);
    const { key, value, headers } = command(spawn(11, 2));
    lane.push(fetchedOf([{ key, value, headers, offset: 2n, timestamp: 0 }]));
    fetching.start(lanes);
    fetching.start(lanes);
    expect(questions.map(({ characterId }) => characterId)).toEqual([10, 11]);
  });
});

describe('a service in an outage', () => {
  it('gets no questions of prefetches, only those of blocked records', async () => {
    const lane = laneOf(0, spawn(10, 1), spawn(11, 2));
    isAway = true;
    fetching.start(lanes);
    expect([questions.length, ready()]).toEqual([0, [[0, [0, 1]]]]);
    lane.head!.block([{ fact: 'characterPoint', question: 10 }]);
    fetching.start(lanes);
    expect(questions.map(({ characterId }) => characterId)).toEqual([10]);
    isAway = false;
    questions[0]?.answer(undefined);
    await ticks();
    fetching.start(lanes);
    expect(questions.map(({ characterId }) => characterId)).toEqual([10, 11]);
  });
});

describe('the number of questions in flight', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => spawn(1 + index, 1));
  /** Answers all questions until no more come. @returns how many there were. */
  async function answerAll(): Promise<number> {
    for (let answered = 0; ;) {
      const open = questions.splice(0);
      if (open.length === 0) return answered;
      for (const { answer } of open) answer(undefined);
      answered += open.length;
      await ticks();
    }
  }

  it('is limited to 256, and prefetches reach two batches far', async () => {
    laneOf(0, ...many(2_500));
    fetching.start(lanes);
    expect(questions).toHaveLength(256);
    questions[0]?.answer(undefined);
    questions[1]?.fail();
    await ticks();
    expect(questions).toHaveLength(258);
    expect(questions.at(-1)?.characterId).toBe(258);
    questions.splice(0, 2);
    expect(await answerAll()).toBe(1_998);
  });

  it('is shared equally by the lanes with waiting records', async () => {
    const [first, , empty] = [laneOf(1, ...many(2_500)), laneOf(2, ...many(2_500)), laneOf(3)];
    fetching.start(lanes);
    expect([questions.length, empty.waiting]).toEqual([256, 0]);
    expect(first.first(2_500).filter(({ state }) => state === 'prefetching')).toHaveLength(128);
    expect(await answerAll()).toBe(2_000);
  });
});

describe('a fact that a rule needs', () => {
  const need = { fact: 'characterPoint', question: 10 } as const;
  /** Blocks the first record as a unit of work does whose rule needs a fact. */
  function blockFirst(lane: Lane) {
    const { head } = lane;
    if (head === undefined) throw new Error('the lane is empty');
    head.block([need]);
    return head;
  }

  it('is requested until it is known, with a reported reason; failed prefetches of later records are repeated then', async () => {
    const lane = laneOf(0, spawn(10, 1), spawn(11, 2));
    const other = laneOf(1, award(3, 1));
    fetching.start(lanes);
    for (const question of questions) question.fail();
    await ticks();
    const head = blockFirst(lane);
    fetching.start(lanes);
    expect(ready()).toEqual([[1, [0]]]);
    questions[2]?.fail();
    await ticks();
    fetching.start(lanes);
    expect(reasons.at(-1)).toMatch(/\(REFERENCE_UNREACHABLE\)$/);
    expect(causes.at(-1)).toMatchObject({ message: 'characters cannot be asked' });
    expect([other.head?.state, head.state, questions.length]).toEqual(['ready', 'fetching', 3]);
    // The backoff uses real time: the question is repeated without another call.
    while (questions.length === 3) await new Promise((resolve) => setTimeout(resolve, 5));
    questions[3]?.answer(undefined);
    await ticks();
    expect([head.state, head.missingFacts, reasons.at(-1)]).toEqual(['ready', undefined, undefined]);
    fetching.start(lanes);
    expect(questions.map(({ characterId }) => characterId)).toEqual([10, 11, 10, 10, 11]);
  });

  it('is requested together with prefetches of later records, each of which is ready once its fact is known', async () => {
    const lane = laneOf(0, award(1, 1), award(1, 1), award(1, 1));
    fetching.start(lanes);
    const [, , last] = lane.first(3);
    blockFirst(lane);
    last?.expect([{ fact: 'characterPoint', question: 11 }]);
    fetching.start(lanes);
    fetching.start(lanes);
    expect(questions.map(({ characterId }) => characterId)).toEqual([10, 11]);
    questions[1]?.answer({ x: 1, y: 2 });
    await ticks();
    expect(ready()).toEqual([]);
    questions[0]?.answer(undefined);
    await ticks();
    expect(ready()).toEqual([[0, [0, 1, 2]]]);
    expect(last?.facts.ask('characterPoint', 11)).toEqual({ kind: 'known', answer: { x: 1, y: 2 } });
  });

  it('is requested again if its question fails alone, which is no outage, and later records are prefetched', async () => {
    const lane = laneOf(0, spawn(10, 1), award(1, 1));
    fetching.start(lanes);
    questions[0]?.fail(new FailedQuestionError('things', 'status 500', 'ask again'));
    await ticks();
    const head = blockFirst(lane);
    const { key, value, headers } = command(spawn(11, 2));
    lane.push(fetchedOf([{ key, value, headers, offset: 2n, timestamp: 0 }]));
    fetching.start(lanes);
    questions[1]?.fail(new FailedQuestionError('things', 'status 500', 'ask again'));
    await ticks();
    fetching.start(lanes);
    expect(questions.map(({ characterId }) => characterId)).toEqual([10, 10, 11]);
    while (questions.length === 3) await new Promise((resolve) => setTimeout(resolve, 5));
    questions[3]?.fail(new FailedQuestionError('things', 'status 500', 'give up'));
    await ticks();
    expect([head.state, head.missingFacts]).toEqual(['ready', undefined]);
    expect(head.facts.ask('characterPoint', 10)).toEqual({ kind: 'unavailable', message: 'status 500' });
    expect(reasons.filter((reason) => reason !== undefined)).toEqual([]);
  });

  it('causes a reported outage if its question has failed for long and the service answers no other', async () => {
    const lane = laneOf(0, spawn(10, 1));
    fetching.start(lanes);
    questions[0]?.fail(new FailedQuestionError('things', 'status 500', 'outage'));
    await ticks();
    expect(reasons.at(-1)).toMatch(/The things service.*REFERENCE_UNREACHABLE/);
    expect(causes.at(-1)).toMatchObject({ message: 'status 500' });
    expect(lane.head?.state).toBe('prefetch failed');
  });

  it('does not prevent prefetches of later records while its own question fails repeatedly', async () => {
    const lane = laneOf(0, spawn(10, 1));
    fetching.start(lanes);
    const failAll = async () => {
      for (const { fail } of questions.splice(0)) fail(new FailedQuestionError('things', 'status 500', 'outage'));
      await ticks();
    };
    await failAll();
    blockFirst(lane);
    fetching.start(lanes);
    await failAll();
    // A record that arrives now is prefetched at each try: only an answer shows that the service is out of its outage.
    const { key, value, headers } = command(spawn(11, 2));
    lane.push(fetchedOf([{ key, value, headers, offset: 1n, timestamp: 0 }]));
    fetching.start(lanes);
    let prefetches = 0;
    await until('the prefetch is not repeated', async () => {
      prefetches += questions.filter(({ characterId }) => characterId === 11).length;
      await failAll();
      return prefetches >= 3;
    });
    expect(lane.head?.state).toBe('fetching');
  });

  it('is no longer requested once the lane is revoked or the service stops', async () => {
    for (const end of [
      () => (lanes = []),
      () => {
        stop.abort();
      },
    ]) {
      // prettier-ignore
      const lane = laneOf(0, spawn(10, 1));
      fetching.start(lanes);
      questions.at(-1)?.fail();
      await ticks();
      const head = blockFirst(lane);
      questions = [];
      fetching.start(lanes);
      end();
      questions[0]?.fail();
      while (head.state === 'fetching') await new Promise((resolve) => setTimeout(resolve, 5));
      expect(questions).toHaveLength(1);
    }
  });
});

it('an outage is reported even if no lane waits for the service', () => {
  laneOf(0, award(1, 1));
  outage = new OutageError('things', 'data is away');
  fetching.start(lanes);
  expect(reasons.at(-1)).toMatch(/The things service.*REFERENCE_UNREACHABLE/);
  outage = undefined;
  fetching.start(lanes);
  expect(reasons.at(-1)).toBeUndefined();
});
