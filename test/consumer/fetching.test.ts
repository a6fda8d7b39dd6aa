/** What lanes wait for is fetched beside them: in order within a lane, together, and for as long as it takes. */
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
/** Whether the characters service is known to be away. */
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

/** A lane with these commands waiting. */
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

/** The offsets that a batch would take of each lane. */
const ready = () =>
  sharesOf(lanes, 1_000).map(({ lane, records }) => [
    lane.partition,
    records.map(({ record }) => Number(record.offset)),
  ]);
/** Lets what was answered take its way. */
const ticks = () => new Promise((resolve) => setImmediate(resolve));

describe('ahead of their turn', () => {
  it('all that messages will surely ask is asked at once; a lane ends before the first that waits', async () => {
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

  it('is asked once; where that fails the rule will say what it needs', async () => {
    const lane = laneOf(0, spawn(10, 1));
    fetching.start(lanes);
    questions[0]?.fail();
    await ticks();
    expect(ready()).toEqual([[0, [0]]]);
    expect(lane.head?.facts.ask('characterPoint', 10).kind).toBe('needs');
    fetching.start(lanes);
    expect(questions).toHaveLength(1);
    // It is said, until the record is gone: its rule may do without.
    expect(causes.at(-1)).toMatchObject({ message: 'characters cannot be asked' });
    applyFirst(lane, 1);
    fetching.start(lanes);
    expect(reasons.at(-1)).toBeUndefined();
  });

  it('follows those that were applied, and those that come', () => {
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

describe('of a service that is known to be away', () => {
  it('nothing is asked that a message may do without', async () => {
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

describe('how much is under way', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => spawn(1 + index, 1));
  /** Answers all that is asked, until nothing more is. @returns how much was asked. */
  async function answerAll(): Promise<number> {
    for (let answered = 0; ;) {
      const asked = questions.splice(0);
      if (asked.length === 0) return answered;
      for (const { answer } of asked) answer(undefined);
      answered += asked.length;
      await ticks();
    }
  }

  it('is bounded, each that is answered makes room for the next, and the end is two batches ahead', async () => {
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

  it('is an equal share of each lane that has something waiting', async () => {
    const [first, , empty] = [laneOf(1, ...many(2_500)), laneOf(2, ...many(2_500)), laneOf(3)];
    fetching.start(lanes);
    expect([questions.length, empty.waiting]).toEqual([256, 0]);
    expect(first.first(2_500).filter(({ state }) => state === 'prefetching')).toHaveLength(128);
    expect(await answerAll()).toBe(2_000);
  });
});

describe('what a rule says it needs', () => {
  const need = { fact: 'characterPoint', question: 10 } as const;
  /** The unit of work has come to the first record, whose rule lacks something. */
  function lacking(lane: Lane) {
    const { head } = lane;
    if (head === undefined) throw new Error('the lane is empty');
    head.block([need]);
    return head;
  }

  it('is asked until it is known, and says why it waits; the others behind are asked again after that', async () => {
    const lane = laneOf(0, spawn(10, 1), spawn(11, 2));
    const other = laneOf(1, award(3, 1));
    fetching.start(lanes);
    for (const question of questions) question.fail();
    await ticks();
    const head = lacking(lane);
    fetching.start(lanes);
    expect(ready()).toEqual([[1, [0]]]);
    questions[2]?.fail();
    await ticks();
    fetching.start(lanes);
    expect(reasons.at(-1)).toMatch(/\(REFERENCE_UNREACHABLE\)$/);
    expect(causes.at(-1)).toMatchObject({ message: 'characters cannot be asked' });
    expect([other.head?.state, head.state, questions.length]).toEqual(['ready', 'fetching', 3]);
    // The backoff is real: it is asked once more without being told to.
    while (questions.length === 3) await new Promise((resolve) => setTimeout(resolve, 5));
    questions[3]?.answer(undefined);
    await ticks();
    expect([head.state, head.missingFacts, reasons.at(-1)]).toEqual(['ready', undefined, undefined]);
    fetching.start(lanes);
    expect(questions.map(({ characterId }) => characterId)).toEqual([10, 11, 10, 10, 11]);
  });

  it('is asked together with what is foreseen of those behind it, each of which goes on as soon as it is known', async () => {
    const lane = laneOf(0, award(1, 1), award(1, 1), award(1, 1));
    fetching.start(lanes);
    const [, , last] = lane.first(3);
    lacking(lane);
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

  it('is no outage where a single question fails: it is asked again, and what comes next is prefetched', async () => {
    const lane = laneOf(0, spawn(10, 1), award(1, 1));
    fetching.start(lanes);
    questions[0]?.fail(new FailedQuestionError('things', 'status 500', 'ask again'));
    await ticks();
    const head = lacking(lane);
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

  it('is an outage where a question has failed for long, and the service answers nothing', async () => {
    const lane = laneOf(0, spawn(10, 1));
    fetching.start(lanes);
    questions[0]?.fail(new FailedQuestionError('things', 'status 500', 'outage'));
    await ticks();
    expect(reasons.at(-1)).toMatch(/The things service.*REFERENCE_UNREACHABLE/);
    expect(causes.at(-1)).toMatchObject({ message: 'status 500' });
    expect(lane.head?.state).toBe('prefetch failed');
  });

  it('does not keep from asking for those behind it if the service answers its questions with errors, again and again', async () => {
    const lane = laneOf(0, spawn(10, 1));
    fetching.start(lanes);
    const failAll = async () => {
      for (const { fail } of questions.splice(0)) fail(new FailedQuestionError('things', 'status 500', 'outage'));
      await ticks();
    };
    await failAll();
    lacking(lane);
    fetching.start(lanes);
    await failAll();
    // What comes now is asked for, and again with each try: only an answer to it tells that the service is there.
    const { key, value, headers } = command(spawn(11, 2));
    lane.push(fetchedOf([{ key, value, headers, offset: 1n, timestamp: 0 }]));
    fetching.start(lanes);
    let asked = 0;
    await until('it is not asked for again', async () => {
      asked += questions.filter(({ characterId }) => characterId === 11).length;
      await failAll();
      return asked >= 3;
    });
    expect(lane.head?.state).toBe('fetching');
  });

  it('is asked no more once the lane is another one, or the service stops', async () => {
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
      const head = lacking(lane);
      questions = [];
      fetching.start(lanes);
      end();
      questions[0]?.fail();
      while (head.state === 'fetching') await new Promise((resolve) => setTimeout(resolve, 5));
      expect(questions).toHaveLength(1);
    }
  });
});

it('an outage is said that no lane waits for', () => {
  laneOf(0, award(1, 1));
  outage = new OutageError('things', 'data is away');
  fetching.start(lanes);
  expect(reasons.at(-1)).toMatch(/The things service.*REFERENCE_UNREACHABLE/);
  outage = undefined;
  fetching.start(lanes);
  expect(reasons.at(-1)).toBeUndefined();
});
