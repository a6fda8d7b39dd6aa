import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface StubProcess {
  readonly baseUrl: string;
  readonly pid: number;
  /** Stops it. @returns the number of requests to each service, and their faults. */
  stop(): Promise<{ readonly requests: ReadonlyMap<string, number>; readonly violations: readonly string[] }>;
}

/** Starts the stand-in for the reference services as a process; each answer takes so long. */
export async function spawnStub(delayMs: number): Promise<StubProcess> {
  const child = spawn(process.execPath, ['scripts/services/stub.ts', '--delay', String(delayMs)], {
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
      const words = lines.slice(1).map((line) => line.split(' '));
      const [violations, counts] = [
        words.filter(([kind]) => kind === 'violation:'),
        words.filter(([, n]) => /^\d+$/.test(n ?? '')),
      ];
      return {
        requests: new Map(counts.map(([service = '', count]) => [service, Number(count)])),
        violations: violations.map((violation) => violation.slice(1).join(' ')),
      };
    },
  };
}
