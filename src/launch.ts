/** The program of the service: loads it, so that what fails meanwhile is a line of the log too. */
import { endProcess, reportFailedStart } from './log.ts';

// The first process of a container is not ended by a signal that it does not handle. Stops take over.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));

try {
  await import('./main.ts');
} catch (error) {
  reportFailedStart(error);
  await endProcess(1);
}
