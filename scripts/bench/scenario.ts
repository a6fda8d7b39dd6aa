import type { Cpu } from './cpu.ts';
import type { Databases } from './databases.ts';

/** A measurement. */
export interface Scenario {
  readonly name: string;
  /** What is done and measured, for `--help`. */
  readonly about: string;
  /** The line above its table. */
  readonly title: string;
  /** Prepares what all runs share. Returns a function that does one run. */
  prepare(bench: Bench): Promise<(run: number) => Promise<readonly Figure[]>>;
}

/** What every scenario uses. */
export interface Bench {
  readonly brokers: string;
  readonly brokerPid: number;
  readonly databasePid: number;
  readonly databases: Databases;
  say(line: string): void;
}

/** A result of one run. */
export interface Figure {
  /** The row of the table; several runs share one. */
  readonly subject: string;
  readonly value: number;
  readonly unit: '/s' | 's' | 'ms';
  /** CPU microseconds a record. */
  readonly cpu?: Cpu;
  /** The faults of the result; a single fault makes the figure void. */
  readonly faults: readonly string[];
}
