/** Files in YAML or JSON: their data, and where it is in the text. */
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';

export interface SourceFile {
  /** For people. */
  readonly name: string;
  readonly tree: Document;
  readonly lines: LineCounter;
  /** A file with errors of syntax is its text: it may be in another language. */
  readonly data: unknown;
  readonly syntaxErrors: readonly string[];
  /** Returns a file that it refers to, by the path from it; undefined if it cannot be read. */
  readonly open: (path: string) => SourceFile | undefined;
}

export function sourceFile(name: string, text: string, open: SourceFile['open'] = () => undefined): SourceFile {
  const lines = new LineCounter();
  const tree = parseDocument(text, { lineCounter: lines, merge: true });
  const syntaxErrors = tree.errors.map(({ message }) => (message.split('\n')[0] ?? message).replace(/:$/, ''));
  const data: unknown = syntaxErrors.length > 0 ? text : tree.toJS({ maxAliasCount: -1 });
  return { name, tree, lines, data, syntaxErrors, open };
}
