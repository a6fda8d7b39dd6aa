/** Loads and runs the service. A module that cannot be loaded is reported in the log, like every failed start. */
import { endProcess, reportFailedStart } from './log.ts';

// A signal without a handler does not end the first process of a container. src/stops.ts replaces these handlers.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));

try {
  await import('./main.ts');
} catch (error) {
  reportFailedStart(error);
  await endProcess(1);
}
