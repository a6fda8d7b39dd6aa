/** Files in YAML or JSON: their data, and where it is in the text. */
import { CORE_SCHEMA, loadAll, mergeTag } from 'js-yaml';
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';

/** Returns a file that another one refers to, by the path from it; undefined if it cannot be read. */
export type OpenFile = (path: string) => SourceFile | undefined;

/** The parser's own limits are for texts of strangers. */
const OPTIONS = { schema: CORE_SCHEMA.withTags(mergeTag), maxDepth: 2_000, maxTotalMergeKeys: -1 };

/** The parser's message is for those who call it. */
const SEVERAL = 'Source contains multiple documents; please use YAML.parseAllDocuments()';

class JsonError extends Error {}

/** @throws {JsonError} with the line. */
function checkJson(text: string): void {
  if (jsonErrorIn(text) === undefined) return;
  // The parser does not always name the line. It refuses the error with whatever follows, and the text before it only for its end.
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isComplete(jsonErrorIn(text.slice(0, middle)), middle)) high = middle;
    else low = middle + 1;
  }
  const line = text.slice(0, Math.max(0, low - 1)).split('\n').length;
  throw new JsonError(`Line ${String(line)} is no JSON`);
}

function jsonErrorIn(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether an error of a text of this length is in the text rather than that it ends too early. */
function isComplete(error: string | undefined, length: number): boolean {
  if (error === undefined || error.startsWith('Unexpected end') || error.startsWith('Unterminated')) return false;
  const position = /at position (\d+)/.exec(error)?.[1];
  return position === undefined || Number(position) < length;
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
      // YAML is more than JSON. Other tools refuse what only a parser of YAML reads.
      if (name.endsWith('.json')) checkJson(text.replace(/^\ufeff/, ''));
      // It reads the same data as the parser that has the places, in a fifth of the time.
      const [data = null, ...others] = loadAll(text, OPTIONS);
      if (others.length > 0) throw new Error('there are several documents');
      this.data = data;
      this.syntaxErrors = [];
    } catch (error) {
      const errors = error instanceof JsonError ? [] : this.tree.errors;
      const messages = (errors.length > 0 ? errors : [error as Error]).map(({ message }) => message.replace(SEVERAL, 'There are several documents')); // prettier-ignore
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
