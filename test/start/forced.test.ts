/** Ends by force: parents that are killed, and a second Ctrl-C. Nothing runs on, and the next start clears the rest. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { checkOut, leftovers, ordinaryUser, remove, type Checkout } from './stranger.ts';
import { killAll, processes, READY, send, type, untilGone, type Typed } from './typed.ts';

jest.setTimeout(120_000);

/** What comes sooner is taken for the same key press, which npm passes on to a group that had it already. */
const SAME_KEY_PRESS_MS = 800;
/** Far less than a stalled broker holds an orderly stop up. */
const AT_ONCE_MS = 1_500;

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('a start that is ended by force', () => {
  let checkout: Checkout;

  /** Where packages are installed npm finds the project's own Node, and all of the start is one process below npm. */
  const start = () => type(checkout, 'npm', ['start']);

  /** As the very first start is, with a shell in npm's place: an older Node goes on as Node 24 in another process. */
  const startOnOlderNode = () =>
    type(checkout, 'sh', ['-c', 'node scripts/run.mjs start; exit $?'], { npm_lifecycle_event: 'start' });

  /** From the outermost to the innermost; a child that has not yet become what it will be still looks like its parent. */
  const parents = () => {
    const all = processes(checkout).filter(({ command }) =>
      /^npm|^sh -c node|run\.mjs start|scripts\/start/.test(command),
    );
    return all.filter(({ command }, index) => all.findIndex((other) => other.command === command) === index);
  };

  beforeAll(async () => {
    checkout = await checkOut(ordinaryUser());
  });

  afterEach(async () => {
    await killAll(checkout);
  });

  afterAll(() => {
    remove(checkout);
  });

  test('SIGKILL to the innermost parent while Postgres initialises', async () => {
    const app = startOnOlderNode();
    await app.untilRuns(/bin\/initdb/);
    send(parents().at(-1)!.pid, 'SIGKILL');
    await untilGone(checkout);
  });

  test('SIGKILL to everything while migrations run', async () => {
    await start().untilPrinted(/applying migrations/);
    await killAll(checkout);
  });

  test('SIGKILL to the innermost parent of a service that is ready', async () => {
    await startOnOlderNode().untilPrinted(READY);
    // What those before had left.
    expect(leftovers(checkout).filter((path) => path.includes('unfinished'))).toEqual([]);
    send(parents().at(-1)!.pid, 'SIGKILL');
    await untilGone(checkout);
  });

  test('SIGKILL to the one in the middle while Kafka starts', async () => {
    const app = startOnOlderNode();
    await app.untilRuns(/kafka\.Kafka/);
    send(parents().at(1)!.pid, 'SIGKILL');
    await untilGone(checkout);
  });

  test('SIGKILL to npm', async () => {
    const app = start();
    await app.untilPrinted(READY);
    send(app.pid, 'SIGKILL');
    await untilGone(checkout);
    expect(app.output()).toContain('stopped database');
    expect(leftovers(checkout)).toEqual([]);
  });

  test('SIGKILL to all of them, and the next start comes at once', async () => {
    await startOnOlderNode().untilPrinted(READY);
    for (const { pid } of parents()) send(pid, 'SIGKILL');
    const next = start();
    await next.untilPrinted(READY);
    await secondCtrlC(next);
  });

  test('a second Ctrl-C during the start', async () => {
    const app = start();
    await app.untilRuns(/kafka\.Kafka/);
    await secondCtrlC(app);
    expect(leftovers(checkout).filter((path) => !path.endsWith('postmaster.pid'))).toEqual([]);
  });

  async function secondCtrlC(app: Typed): Promise<void> {
    send((await app.untilRuns(/kafka\.Kafka/)).pid, 'SIGSTOP');
    const first = Date.now();
    send(-app.pid, 'SIGINT');
    // The rule is about time, so time is what has to pass.
    await delay(first + SAME_KEY_PRESS_MS + 200 - Date.now());
    expect(app.output()).not.toContain('stopping at once');
    send(-app.pid, 'SIGINT');
    await untilGone(checkout, AT_ONCE_MS);
    expect(app.output()).toContain('stopping at once');
    expect(await app.exited).toBe(0);
  }
});
