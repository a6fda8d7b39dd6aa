import { readdirSync, readFileSync } from 'node:fs';
import { identify, type ProcessIdentity } from '../../scripts/embedded/process-identity.ts';

export interface RunningProcess extends ProcessIdentity {
  parent: number;
  command: string;
}

/** Every process of this machine, as /proc tells it. */
function processTable(): RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const identity = identify(Number(name));
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return identity === undefined ? [] : [{ ...identity, parent, command }];
      } catch {
        return []; // Gone while we looked.
      }
    });
}

/** A process and all that it started, directly or not. */
export function treeOf(root: number): RunningProcess[] {
  const table = processTable();
  const tree = table.filter(({ pid }) => pid === root);
  for (const member of tree) tree.push(...table.filter(({ parent }) => parent === member.pid));
  return tree;
}

/** Of these, those that still run; and whatever else mentions the folder in its command line. */
export function survivors(tree: readonly RunningProcess[], folder: string): RunningProcess[] {
  const known = new Set(tree.map(({ pid, began }) => `${String(pid)} ${began}`));
  return processTable().filter(
    ({ pid, began, command }) => known.has(`${String(pid)} ${began}`) || command.includes(folder),
  );
}
