/** Files in YAML or JSON: their data, and where it is in the text. */
import { CORE_SCHEMA, loadAll, mergeTag } from 'js-yaml';
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';

/** Returns a file that another one refers to, by the path from it; undefined if it cannot be read. */
export type OpenFile = (path: string) => SourceFile | undefined;

/** The parser's own limits are for texts of strangers. */
const OPTIONS = { schema: CORE_SCHEMA.withTags(mergeTag), maxDepth: 2_000, maxTotalMergeKeys: -1 };

/** A text that the parser would read, or would describe in its own terms. */
class Refused extends Error {}

/** Reads the same data as the parser that has the places, in a fifth of the time. */
function dataIn(name: string, text: string): unknown {
  // YAML is more than JSON: other tools refuse what only a parser of YAML reads.
  if (name.endsWith('.json')) requireJson(text.replace(/^\ufeff/, ''));
  const [data = null, ...others] = loadAll(text, OPTIONS);
  if (others.length > 0) throw new Refused('There are several documents');
  return data;
}

function requireJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new Refused(`This is no JSON: ${(error as Error).message}`);
  }
}

export class SourceFile {
  /** For people. */
  readonly name: string;
  /** A file with errors of syntax is its text: it may be in another language. */
  readonly data: unknown;
  readonly syntaxErrors: readonly string[];
  readonly open: OpenFile;
  readonly #text: string;
  readonly #lines = new LineCounter();
  #tree: Document | undefined;

  constructor(name: string, text: string, open: OpenFile = () => undefined) {
    this.name = name;
    this.open = open;
    this.#text = text;
    try {
      this.data = dataIn(name, text);
      this.syntaxErrors = [];
    } catch (error) {
      const errors = error instanceof Refused ? [] : this.tree.errors;
      const messages = (errors.length > 0 ? errors : [error as Error]).map(({ message }) => message);
      this.syntaxErrors = messages.map((message) => (message.split('\n')[0] ?? message).replace(/:$/, ''));
      this.data = text;
    }
  }

  /** Its nodes, with their places. They are read when a place is needed: it takes long. */
  get tree(): Document {
    this.#tree ??= parseDocument(this.#text, { lineCounter: this.#lines, merge: true });
    return this.#tree;
  }

  /** Returns the line of a position in the text of the tree. */
  lineOf(offset: number): number {
    return this.#lines.linePos(offset).line;
  }
}
