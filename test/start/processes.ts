import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { identify, type ProcessIdentity } from '../../src/operator/process-identity.ts';

export interface RunningProcess extends ProcessIdentity {
  command: string;
}

/**
 * Returns every process that has this home folder in its environment or works in one of these folders. A process
 * inherits both, even if its parents have ended. (Postgres' children overwrite their environment.)
 * @param pattern only processes with such a command line
 */
export function processesOf(home: string, folders: readonly string[], pattern?: RegExp): RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        // Who waits for a process asks often, so that most processes are left out here.
        if (pattern?.test(command) === false) return [];
        const inherited = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(`HOME=${home}`);
        const cwd = inherited ? '' : readlinkSync(`/proc/${name}/cwd`);
        const identity =
          inherited || folders.some((folder) => cwd.startsWith(folder)) ? identify(Number(name)) : undefined;
        return identity === undefined ? [] : [{ ...identity, command }];
      } catch {
        return []; // It has ended meanwhile, or is another user's.
      }
    });
}
