/**
 * Loaded into the service before its own code (`node --import`): arms the fault point that FAULT_POINT names.
 *
 * FAULT_KIND is the fault: `kill` (the default) and `stop` (SIGSTOP, once; SIGCONT ends it) take effect immediately, so that
 * no handler runs; `delay` waits each time, for up to 200 ms; `throw` and `reject` cause an unhandled exception or rejection.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const MAX_DELAY_MS = 200;

const { FAULT_POINT: armed, FAULT_KIND: kind = 'kill', SERVICE_ROOT: root = '.' } = process.env;
// The module of the running service, which may be a copy with a mutant.
const faults = pathToFileURL(join(root, 'src', 'faults.ts'));
const { armFaultPoints, FAULT_POINTS } = (await import(faults.href)) as typeof import('../../src/faults.ts');
if (!(FAULT_POINTS as readonly (string | undefined)[]).includes(armed)) {
  throw new Error(`there is no fault point ${String(armed)}`);
}

let hasStopped = false;

const KINDS: Readonly<Record<string, () => unknown>> = {
  kill: () => process.kill(process.pid, 'SIGKILL'),
  stop() {
    if (hasStopped) return;
    hasStopped = true;
    process.kill(process.pid, 'SIGSTOP');
  },
  delay: () => sleep(Math.random() * MAX_DELAY_MS),
  throw: () =>
    setImmediate(() => {
      throw new Error('a fault of a test');
    }),
  reject() {
    void Promise.reject(new Error('a fault of a test'));
  },
};
const inject = KINDS[kind];
if (inject === undefined) throw new Error(`there is no kind of fault ${kind}`);

armFaultPoints(async (point) => {
  if (point === armed) await inject();
});
