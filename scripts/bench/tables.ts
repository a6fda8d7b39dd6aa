/** Formats the results for people and for programs. */
import type { Cpu } from './cpu.ts';
import type { Figure, Scenario } from './scenario.ts';

interface FigureRow {
  readonly scenario: string;
  readonly subject: string;
  readonly unit: Figure['unit'];
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Medians, in microseconds per record. */
  readonly cpu?: Cpu;
  readonly correct: boolean;
}

/** Returns one row for each subject, over all runs. */
export function rowsOf({ name }: Scenario, figures: readonly Figure[]): FigureRow[] {
  return [...Map.groupBy(figures, ({ subject }) => subject)].map(([subject, own]) => {
    const unit = own[0]?.unit ?? '/s';
    const values = own.map(({ value }) => rounded(value, unit)).sort((a, b) => a - b);
    const cpus = own.flatMap(({ cpu }) => (cpu === undefined ? [] : [cpu]));
    const cpu = Object.keys(cpus[0] ?? {}).map((part) => [
      part,
      Math.round(medianOf(cpus.map((one) => one[part] ?? NaN))),
    ]);
    return {
      scenario: name,
      subject,
      unit,
      median: medianOf(values),
      min: values[0] ?? NaN,
      max: values.at(-1) ?? NaN,
      ...(cpu.length > 0 && { cpu: Object.fromEntries(cpu) as Cpu }),
      correct: own.every(({ faults }) => faults.length === 0),
    };
  });
}

/** Returns the table that the README shows. */
export function tableOf(scenario: Scenario, figures: readonly Figure[]): string {
  const rows = rowsOf(scenario, figures);
  const lines = rows.map(
    ({ subject, unit, median, min, max, correct }) =>
      `${subject.padEnd(18)} ${formatFigure(median, unit).padStart(12)}  (${String(min)} to ${String(max)})${correct ? '' : '  WRONG'}`,
  );
  const limit = rows.find(({ subject }) => subject === 'limit-database');
  const service = rows.find(({ subject }) => subject === 'service');
  const ratio = limit && service && `service / limit    ${(service.median / limit.median).toFixed(2).padStart(9)}`;
  const withCpu = rows.filter(({ cpu }) => cpu !== undefined);
  const cpus = withCpu.map(({ subject, cpu = {} }) => {
    const whose = withCpu.length > 1 ? `, ${subject}` : '';
    return `CPU µs a record${whose}: ${Object.entries(cpu)
      .map(([part, micros]) => `${part} ${String(micros)}`)
      .join(', ')}`;
  });
  return [`${scenario.title}, median (min to max)`, ...lines, ...(ratio ? [ratio] : []), ...cpus].join('\n');
}

/** Returns a figure with its unit: seconds with one decimal, others rounded. */
export function formatFigure(value: number, unit: Figure['unit']): string {
  return unit === 's' ? `${value.toFixed(1)} s` : `${String(Math.round(value))} ${unit}`;
}

function rounded(value: number, unit: Figure['unit']): number {
  return unit === 's' ? Number(value.toFixed(1)) : Math.round(value);
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
