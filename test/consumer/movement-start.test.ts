/** Movements whose start offsets are not known: that is reported until they are. */
import { expect, it } from '@jest/globals';
import { MovementConsumer } from '../../src/consumer/movement.ts';
import { createLog } from '../../src/log.ts';
import type { Database } from '../../src/store/database.ts';
import { Tenants } from '../../src/store/tenants.ts';
import type { Broker, Subscription } from '../../src/transport/broker.ts';

type Bounds = Awaited<ReturnType<Broker['bounds']>>;

/** Assigns a partition. @param answers of the broker, by its logs. @returns what was reported of reading, in order. */
async function reportedDuring(...answers: readonly (Bounds | Error)[]) {
  let subscription: Subscription | undefined;
  const reported: (string | undefined)[] = [];
  const sought: bigint[] = [];
  let asked = 0;
  const membership = {
    pause: () => undefined,
    resume: () => undefined,
    seek: (_partition: unknown, offset: bigint) => void sought.push(offset),
    commit: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
  const broker = {
    committed: () => Promise.resolve(new Map()),
    bounds: () => {
      const answer = answers[asked++] ?? new Error('nothing more was expected');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    subscribe: (to: Subscription) => {
      subscription = to;
      return Promise.resolve(membership);
    },
  } as unknown as Broker;
  const consumer = new MovementConsumer({
    broker,
    group: 'group',
    topic: 'moves',
    forwardedHeaders: [],
    database: {} as Database,
    tenants: new Tenants([]),
    publisher: { publish: () => undefined, isFull: () => false },
    log: createLog('silent'),
    health: (component, reason) => {
      if (component === 'movement') reported.push(reason);
      return true;
    },
  });
  await consumer.start();
  await subscription?.assigned([{ topic: 'moves', partition: 3 }]);
  await consumer.stop();
  return { reported, sought };
}

const LOG: Bounds = new Map([[3, { low: 2n, high: 9n }]]);

it('reports a partition without a log, and reads it once the broker has the log', async () => {
  const { reported, sought } = await reportedDuring(new Map(), LOG);
  expect(reported).toEqual([expect.stringMatching(/^moves\/3: .*PARTITION_MISSING/), undefined]);
  expect(sought).toEqual([9n]);
});

it('reports that the broker does not answer', async () => {
  const { reported, sought } = await reportedDuring(new Error('no answer'), LOG);
  expect(reported).toEqual([expect.stringContaining('OFFSETS_UNREADABLE'), undefined]);
  expect(sought).toEqual([9n]);
});
