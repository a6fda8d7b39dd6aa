import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface StubProcess {
  readonly baseUrl: string;
  readonly pid: number;
  /** Ends it. @returns how often each service was asked, and what was wrong with that. */
  stop(): Promise<{ readonly requests: ReadonlyMap<string, number>; readonly violations: readonly string[] }>;
}

/** Starts the stand-in for the other services as a process of its own; each answer takes so many milliseconds. */
export async function spawnStub(delay: number): Promise<StubProcess> {
  const child = spawn(process.execPath, ['scripts/services/stub.ts', '--delay', String(delay)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await once(reader, 'line');
  return {
    baseUrl: lines[0] ?? '',
    pid: child.pid ?? 0,
    async stop() {
      const ended = once(reader, 'close');
      if (child.exitCode === null) child.kill('SIGTERM');
      await ended;
      const told = lines.slice(1).map((line) => line.split(' '));
      const [violations, counts] = [
        told.filter(([kind]) => kind === 'violation:'),
        told.filter(([, n]) => /^\d+$/.test(n ?? '')),
      ];
      return {
        requests: new Map(counts.map(([service = '', count]) => [service, Number(count)])),
        violations: violations.map((words) => words.slice(1).join(' ')),
      };
    },
  };
}
