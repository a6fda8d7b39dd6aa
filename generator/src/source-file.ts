/** Files in YAML or JSON: their data, and where it is in the text. */
import { CORE_SCHEMA, loadAll, mergeTag, YAMLException } from 'js-yaml';
import { nodesIn } from './yaml-nodes.ts';
import type { YamlNode } from './yaml-nodes.ts';

/** Returns a file that another one refers to, by the path from it; undefined if it cannot be read. */
export type OpenFile = (path: string) => SourceFile | undefined;

const MAX_DEPTH = 2_000;
/** The parser's own limits are for texts of strangers. */
const OPTIONS = { schema: CORE_SCHEMA.withTags(mergeTag), maxDepth: MAX_DEPTH, maxTotalMergeKeys: -1 };

function dataIn(name: string, text: string): unknown {
  // YAML is more than JSON: other tools refuse what only a parser of YAML reads.
  if (name.endsWith('.json')) requireJson(text.replace(/^\ufeff/, ''));
  const [data = null, ...others] = loadAll(text, OPTIONS);
  if (others.length > 0) throw new YAMLException('There are several documents');
  return data;
}

function requireJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new YAMLException(`This is no JSON: ${(error as Error).message}`);
  }
}

function sentenceOf(error: Error): string {
  if (!(error instanceof YAMLException)) return error.message;
  const { reason, mark } = error;
  return mark === undefined ? reason : `${reason} at line ${String(mark.line + 1)}, column ${String(mark.column + 1)}`;
}

export class SourceFile {
  /** For people. */
  readonly name: string;
  /** A file with errors of syntax is its text: it may be in another language. */
  readonly data: unknown;
  readonly syntaxErrors: readonly string[];
  readonly open: OpenFile;
  readonly #text: string;
  #root: YamlNode | undefined;
  #lineStarts: readonly number[] | undefined;

  constructor(name: string, text: string, open: OpenFile = () => undefined) {
    this.name = name;
    this.open = open;
    this.#text = text;
    try {
      this.data = dataIn(name, text);
      this.syntaxErrors = [];
    } catch (error) {
      this.syntaxErrors = [sentenceOf(error as Error)];
      this.data = text;
    }
  }

  /** Its data with the places, read when a place is needed; undefined for a file with errors. */
  get root(): YamlNode | undefined {
    if (this.syntaxErrors.length > 0) return undefined;
    return (this.#root ??= nodesIn(this.#text, MAX_DEPTH));
  }

  /** Returns the line of a position in the text, from 1. */
  lineOf(position: number): number {
    this.#lineStarts ??= [0, ...[...this.#text.matchAll(/\n/g)].map(({ index }) => index + 1)];
    const starts = this.#lineStarts;
    let [line, next] = [0, starts.length];
    while (next - line > 1) {
      const middle = (line + next) >> 1;
      if ((starts[middle] ?? 0) <= position) line = middle;
      else next = middle;
    }
    return line + 1;
  }
}
