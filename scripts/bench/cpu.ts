import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second (USER_HZ), on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

interface ProcessTimes {
  readonly parent: number;
  /** User and system time of the process itself and of its children that have ended, in ticks. */
  readonly ticks: number;
}

/** CPU seconds that a process and everything it started have used so far; NaN where there is no /proc. */
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
    // The name in parentheses may hold anything, so the fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
    return { parent: Number(fields[1]), ticks: (utime ?? 0) + (stime ?? 0) + (cutime ?? 0) + (cstime ?? 0) };
  } catch {
    // It ended between the two looks.
    return undefined;
  }
}

/** CPU time by part of what runs. */
export type Cpu = Readonly<Record<string, number>>;

/** CPU seconds so far of each process with all that it started. */
export function cpuOf(pids: Readonly<Record<string, number>>): Cpu {
  return Object.fromEntries(Object.entries(pids).map(([part, pid]) => [part, cpuSeconds(pid)]));
}

/** CPU microseconds a record between two looks. */
export function cpuPerRecord(before: Cpu, after: Cpu, records: number): Cpu {
  const spent = Object.entries(after).map(([part, seconds]) => [part, seconds - (before[part] ?? NaN)] as const);
  return Object.fromEntries(spent.map(([part, seconds]) => [part, (seconds * 1e6) / records]));
}
