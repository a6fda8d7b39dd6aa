import type { Cpu } from './cpu.ts';
import type { Databases } from './databases.ts';

/** Something that is measured, by a file of its own. */
export interface Scenario {
  readonly name: string;
  /** What is done and what is told of it, for `--help`. */
  readonly about: string;
  /** The line above its table. */
  readonly title: string;
  /** Gets ready what its runs share; what it returns is one run. */
  prepare(bench: Bench): Promise<(run: number) => Promise<readonly Figure[]>>;
}

/** What every scenario runs on. */
export interface Bench {
  readonly brokers: string;
  readonly brokerPid: number;
  readonly databasePid: number;
  readonly databases: Databases;
  say(line: string): void;
}

/** What one run came to. */
export interface Figure {
  /** A row of the table: several runs make one. */
  readonly subject: string;
  readonly value: number;
  readonly unit: '/s' | 's' | 'ms';
  /** CPU microseconds a record. */
  readonly cpu?: Cpu;
  /** What was wrong with the result; with a single fault the figure is void. */
  readonly faults: readonly string[];
}
