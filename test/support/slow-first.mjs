import { statSync } from 'node:fs';

/** Test files that take longest, the longest first. Others follow by their size. */
const SLOW = [
  'start/start',
  'transport/secured-service',
  'consumer/offsets',
  'chaos/instances',
  'features',
  'command-line',
  'start/forced',
  'consumer/damage',
  'operator/migrate',
  'chaos/kill',
  'consumer/missing-topics',
  'consumer/codecs',
  'consumer/throttled',
  'broker',
  'unusual',
  'operator/topics',
  'consumer/leaders',
  'operator/database',
  'log',
  'chaos/sweep',
  'consumer/movement',
  'contract/generate',
  'consumer/transactions',
  'store/rights',
  'operator/dead-letters.int',
  'store/faults',
  'other',
  'peer/replay',
  'start/production',
  'chaos/order',
  'docs/snippets',
  'start/command-line',
];

/**
 * Jest's sequencer: the order in which workers take test files. A slow file that is taken last keeps one worker busy
 * while the others have nothing left. Jest knows durations only from an earlier run on the same machine.
 */
export default class SlowFirst {
  sort(tests) {
    const rankOf = ({ path }) => {
      const rank = SLOW.findIndex((name) => path.includes(`/test/${name}.`));
      return rank < 0 ? SLOW.length : rank;
    };
    const sizeOf = new Map(tests.map(({ path }) => [path, statSync(path).size]));
    return [...tests].sort((a, b) => rankOf(a) - rankOf(b) || sizeOf.get(b.path) - sizeOf.get(a.path));
  }

  /** Jest asks for them if it is given `--onlyFailures`: nothing is kept of earlier runs. */
  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}

  shard(tests) {
    return tests;
  }
}
