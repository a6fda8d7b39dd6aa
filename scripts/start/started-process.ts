import type { ServerProcess } from '../embedded/server-process.ts';

/** One of the processes that a start holds together. */
export interface StartedProcess {
  readonly name: 'database' | 'broker' | 'service';
  readonly process: Pick<ServerProcess, 'pid' | 'exited' | 'stop' | 'kill'>;
}

/** Who uses another is stopped before it. */
const STOP_ORDER: readonly StartedProcess['name'][] = ['service', 'broker', 'database'];

/** Stops the parts one after the other and says so. */
export async function stopProcesses(parts: readonly StartedProcess[], say: (line: string) => void): Promise<void> {
  for (const name of STOP_ORDER) {
    for (const part of parts.filter((candidate) => candidate.name === name)) {
      const begun = Date.now();
      await part.process.stop();
      say(`stopped ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    }
  }
}
