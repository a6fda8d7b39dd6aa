/** Forced ends: killed parents, and a second Ctrl-C. No process keeps running, and the next start removes leftovers. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { checkOut, leftovers, ordinaryUser, remove, type Checkout } from './stranger.ts';
import { killAll, processes, READY, send, type, untilNoProcess, type TypedCommand } from './typed.ts';

jest.setTimeout(120_000);

/** A signal that comes sooner counts as the same key press: npm forwards it to a group that has already got it. */
const SAME_KEY_PRESS_MS = 800;
/** Far less than a stalled broker delays an orderly stop. */
const IMMEDIATE_STOP_MS = 1_500;

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('a start that ends by force leaves no process after', () => {
  let checkout: Checkout;

  /** With installed packages, npm uses the project's own Node, and the whole start is one process below npm. */
  const start = () => type(checkout, 'npm', ['start']);

  /** Like the very first start, with a shell instead of npm: an older Node continues as Node 24 in another process. */
  const startOnOlderNode = () =>
    type(checkout, 'sh', ['-c', 'node scripts/run.mjs start; exit $?'], { npm_lifecycle_event: 'start' });

  /** Returns the parents, outermost first. A child before its exec has the command line of its parent, and is left out. */
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
    await untilNoProcess(checkout);
  });

  test('SIGKILL to everything while migrations run', async () => {
    await start().untilPrinted(/applying migrations/);
    await killAll(checkout);
  });

  test('SIGKILL to the innermost parent of a service that is ready', async () => {
    await startOnOlderNode().untilPrinted(READY);
    // The leftovers of the tests before.
    expect(leftovers(checkout).filter((path) => path.includes('unfinished'))).toEqual([]);
    send(parents().at(-1)!.pid, 'SIGKILL');
    await untilNoProcess(checkout);
  });

  test('SIGKILL to the parent in the middle while Kafka starts', async () => {
    const app = startOnOlderNode();
    await app.untilRuns(/kafka\.Kafka/);
    send(parents().at(1)!.pid, 'SIGKILL');
    await untilNoProcess(checkout);
  });

  test('SIGKILL to npm', async () => {
    const app = start();
    await app.untilPrinted(READY);
    send(app.pid, 'SIGKILL');
    await untilNoProcess(checkout);
    await app.exited;
    expect(app.output()).toContain('stopped database');
    expect(leftovers(checkout)).toEqual([]);
  });

  test('SIGKILL to all parents, and an immediate next start', async () => {
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

  async function secondCtrlC(app: TypedCommand): Promise<void> {
    send((await app.untilRuns(/kafka\.Kafka/)).pid, 'SIGSTOP');
    const first = Date.now();
    send(-app.pid, 'SIGINT');
    // The rule compares times, so the time must pass.
    await delay(first + SAME_KEY_PRESS_MS + 200 - Date.now());
    expect(app.output()).not.toContain('stopping at once');
    send(-app.pid, 'SIGINT');
    await untilNoProcess(checkout, IMMEDIATE_STOP_MS);
    expect(await app.exited).toBe(0);
    expect(app.output()).toContain('stopping at once');
  }
});
