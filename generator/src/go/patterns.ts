import { aligned, quoted } from './layout.ts';

/** The regular expressions of a package: each is compiled once. */
export class Patterns {
  readonly #names = new Map<string, string>();

  /** Returns the name of the variable that holds an expression. */
  nameOf(expression: string): string {
    const name = this.#names.get(expression) ?? `pattern${this.#names.size + 1}`;
    this.#names.set(expression, name);
    return name;
  }

  /** Returns their declarations. */
  lines(): string[] {
    if (this.#names.size === 0) return [];
    const rows = [...this.#names].map(([expression, name]) => ({
      comment: [],
      cells: [name, `= regexp.MustCompile(${quoted(expression)})`],
    }));
    return ['', 'var (', ...aligned(rows), ')'];
  }
}
