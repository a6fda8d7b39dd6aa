/** The service as a process. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { choosePort } from '../../scripts/embedded/ports.ts';
import { until } from './until.ts';

export interface Instance {
  readonly process: ChildProcess;
  readonly url: string;
  /** Resolves with exit code and signal of the process. */
  readonly ended: Promise<End>;
  /** Whether a test waited until it was ready. */
  wasReady: boolean;
  /** How it ended, if no test ended it or it ended otherwise. Undefined while it runs, and after an expected end. */
  readonly unexpectedEnd: string | undefined;
  /** Returns its output so far. */
  output(): string;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const READY_TIMEOUT_MS = 30_000;

export async function startInstance(environment: NodeJS.ProcessEnv): Promise<Instance> {
  const port = await choosePort();
  // The folder of a service with a mutant, if the run tests one.
  const main = join(environment['SERVICE_ROOT'] ?? '.', 'src', 'launch.ts');
  const faults =
    environment['FAULT_POINT'] === undefined ? [] : ['--import', join(import.meta.dirname, 'fault-injection.ts')];
  const child = spawn(process.execPath, [...faults, main], {
    env: { ...environment, HTTP_PORT: String(port), NODE_OPTIONS: environment['SERVICE_NODE_OPTIONS'] ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const { FAULT_POINT: point, FAULT_KIND: kind = 'kill' } = environment;
  const sentSignals = new Set<string>(point !== undefined && kind === 'kill' ? ['SIGKILL'] : []);
  let unexpectedEnd: string | undefined;
  // 'close' and not 'exit', which may come before the last output.
  const ended = once(child, 'close').then(([code, signal]: unknown[]): End => {
    const isStop = sentSignals.has('SIGTERM') && code === 0 && !/STOP_INCOMPLETE/.test(output);
    if (!isStop && !sentSignals.has(String(signal)))
      unexpectedEnd = `ended with ${String(code ?? signal)}:\n${output.slice(-2_000)}`;
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode === null && child.signalCode === null) sentSignals.add(signal);
    child.kill(signal);
    // A test may have stopped it by SIGSTOP.
    child.kill('SIGCONT');
    await ended;
  };
  return {
    process: child,
    url: `http://127.0.0.1:${String(port)}`,
    ended,
    wasReady: false,
    get unexpectedEnd() {
      return unexpectedEnd;
    },
    output: () => output,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

export function isRunning({ process: { exitCode, signalCode } }: Instance): boolean {
  return exitCode === null && signalCode === null;
}

/** Returns the text of /readyz; empty while HTTP does not answer. */
export async function readyz({ url }: Instance): Promise<string> {
  return (await fetch(`${url}/readyz`).catch(() => undefined))?.text() ?? '';
}

/** Returns how often the instance was assigned partitions, also the same ones. Its LOG_LEVEL must be debug. */
export function assignmentsOf(instance: Instance): number {
  return instance.output().split('"msg":"partitions assigned"').length - 1;
}

/** Waits until /readyz has the text. */
export function untilReadyzContains(instance: Instance, text: string, timeoutMs?: number): Promise<void> {
  return untilReadyz(instance, text, (answer) => answer.includes(text), timeoutMs);
}

/** Waits until /readyz matches the pattern. */
export function untilReadyzMatches(instance: Instance, pattern: RegExp): Promise<void> {
  return untilReadyz(instance, pattern.source, (answer) => pattern.test(answer));
}

function untilReadyz(instance: Instance, what: string, isIt: (answer: string) => boolean, timeoutMs?: number) {
  const hasAnswer = async () => isIt(await readyz(instance));
  return until(() => `/readyz never contained ${what}:\n${instance.output().slice(-2_000)}`, hasAnswer, timeoutMs);
}

export async function untilReady(instance: Instance): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  let last = '';
  while (Date.now() < deadline && isRunning(instance)) {
    try {
      const answer = await fetch(`${instance.url}/readyz`);
      if (answer.ok) {
        instance.wasReady = true;
        return;
      }
      last = await answer.text();
    } catch {
      last = 'HTTP does not answer';
    }
    await sleep(50);
  }
  throw new Error(`the service is not ready: ${last}\n${instance.output()}`);
}

/** Returns whether the process of an instance is stopped by SIGSTOP. */
export function isStopped({ process: { pid } }: Instance): Promise<boolean> {
  return Promise.resolve(/^State:\s+T/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8')));
}
