import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second (USER_HZ), on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

interface ProcessTimes {
  readonly parent: number;
  /** User and system time of the process itself and of its children that have ended, in ticks. */
  readonly ticks: number;
}

/** Returns the CPU seconds of a process and all its children so far; NaN without /proc. */
function cpuSeconds(pid: number): number {
  const all = new Map<number, ProcessTimes>();
  try {
    for (const name of readdirSync('/proc')) {
      const times = /^\d+$/.test(name) ? timesOf(name) : undefined;
      if (times !== undefined) all.set(Number(name), times);
    }
  } catch {
    return NaN;
  }
  let ticks = 0;
  const family = [pid];
  for (let member = family.pop(); member !== undefined; member = family.pop()) {
    ticks += all.get(member)?.ticks ?? 0;
    for (const [child, { parent }] of all) if (parent === member) family.push(child);
  }
  return ticks / TICKS_PER_SECOND;
}

function timesOf(pid: string): ProcessTimes | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may have any characters, so the fields are counted after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
    return { parent: Number(fields[1]), ticks: (utime ?? 0) + (stime ?? 0) + (cutime ?? 0) + (cstime ?? 0) };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

/** CPU time by process. */
export type Cpu = Readonly<Record<string, number>>;

/** Returns the CPU seconds of each process and its children so far. */
export function cpuOf(pids: Readonly<Record<string, number>>): Cpu {
  return Object.fromEntries(Object.entries(pids).map(([part, pid]) => [part, cpuSeconds(pid)]));
}

/** Returns the CPU microseconds per record between two measurements. */
export function cpuPerRecord(before: Cpu, after: Cpu, records: number): Cpu {
  const spent = Object.entries(after).map(([part, seconds]) => [part, seconds - (before[part] ?? NaN)] as const);
  return Object.fromEntries(spent.map(([part, seconds]) => [part, (seconds * 1e6) / records]));
}
