/** Formats tables for a terminal. */

/** Undefined is shown as a dash. */
type TableCell = string | number | bigint | undefined;
type TableRow = Readonly<Record<string, TableCell>>;

const GAP = '  ';

/** Returns columns with their names above them; columns of numbers are aligned at the right. */
export function tableOf(rows: readonly TableRow[]): string {
  const names = Object.keys(rows[0] ?? {});
  const columns = names.map((name) => {
    const cells = rows.map((row) => row[name]);
    const texts = [name, ...cells.map((cell) => String(cell ?? '-'))];
    const width = Math.max(...texts.map((text) => text.length));
    const isNumeric = cells.every((cell) => typeof cell !== 'string');
    return texts.map((text) => (isNumeric ? text.padStart(width) : text.padEnd(width)));
  });
  const lines = [undefined, ...rows].map((_, index) => columns.map((column) => column[index] ?? '').join(GAP));
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** Returns a table. Of these columns, those with the same value in every row become a line above it. */
export function tableWithShared(rows: readonly TableRow[], names: readonly string[]): string {
  const [first] = rows;
  const shared = rows.length < 2 ? [] : names.filter((name) => rows.every((row) => row[name] === first?.[name]));
  const rest = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !shared.includes(name))));
  return [...shared.map((name) => `${name}: ${String(first?.[name] ?? '-')}`), tableOf(rest)].join('\n');
}
