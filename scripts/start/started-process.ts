import type { ServerProcess } from '../embedded/server-process.ts';

/** A process of `npm start`. */
export interface StartedProcess {
  readonly name: 'database' | 'broker' | 'service';
  readonly process: Pick<ServerProcess, 'pid' | 'exited' | 'stop' | 'kill'>;
}

/** A process stops before those that it uses. */
const STOP_ORDER: readonly StartedProcess['name'][] = ['service', 'broker', 'database'];

/** Stops the processes one after the other and prints each. */
export async function stopProcesses(
  processes: readonly StartedProcess[],
  print: (line: string) => void,
): Promise<void> {
  for (const name of STOP_ORDER) {
    for (const started of processes.filter((candidate) => candidate.name === name)) {
      const begun = Date.now();
      await started.process.stop();
      print(`stopped ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    }
  }
}
