/** Converts documents of AsyncAPI 2. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The version that older documents are converted to. */
const CONVERTED_TO = '3.0.0';

export interface Upgraded {
  readonly text: string;
  /** What was converted; undefined if nothing was. */
  readonly note: string | undefined;
}

/** Returns the document in a version that the parser reads. @throws {Error} if it cannot be converted. */
export function upgrade(given: string): Upgraded {
  const version = /(?:^|[{,])\s*["']?asyncapi["']?\s*:\s*["']?(\d[\d.]*)/m.exec(given)?.[1] ?? '';
  if (!version.startsWith('2.')) return { text: given, note: undefined };
  const { convert } = require('@asyncapi/converter') as { convert: (text: string, version: string) => unknown };
  try {
    const converted = quietly(() => convert(given, CONVERTED_TO));
    // JSON is converted to an object.
    const text = typeof converted === 'string' ? converted : JSON.stringify(converted, null, 2);
    const note = `AsyncAPI ${version} was converted to ${CONVERTED_TO}; line numbers are those of the converted document`;
    return { text, note };
  } catch (error) {
    throw new Error(`AsyncAPI ${version} cannot be converted to ${CONVERTED_TO}: ${String(error)}`);
  }
}

/** The converter writes to the console what it leaves out. */
function quietly<Result>(work: () => Result): Result {
  const { log, warn } = console;
  console.log = console.warn = () => undefined;
  try {
    return work();
  } finally {
    Object.assign(console, { log, warn });
  }
}
