/** Writes examples as they are on the wire: bytes of keys and headers that are not text. */
import type { MessageExample } from '../document.ts';
import type { ContractChannel, Header, Key } from '../shape.ts';

export interface PageExample {
  readonly name: string | undefined;
  readonly summary: string | undefined;
  /** Undefined if the code that sends gives the key. */
  readonly key: PageExampleKey | undefined;
  /** A line for each header; empty without headers. */
  readonly headers: string;
  readonly value: string;
}

interface PageExampleKey {
  /** The field that the key is made of, and its value. */
  readonly from: string;
  readonly text: string;
  /** Whether the text is bytes in hexadecimal. */
  readonly isBytes: boolean;
}

/** Returns an example for people. */
export function exampleOf({ recordKey, headers }: ContractChannel, example: MessageExample): PageExample {
  const { name, summary, payload, headers: given = {} } = example;
  const encodings = new Map(headers.map((header) => [header.name, header.encoding]));
  const lines = Object.entries(given).map(([header, value]) => `${header}: ${wireForm(value, encodings.get(header))}`);
  return {
    name,
    summary,
    key: keyOf(recordKey, payload),
    headers: lines.join('\n'),
    value: typeof payload === 'string' ? payload : JSON.stringify(payload, null, 2),
  };
}

function keyOf(key: Key | undefined, payload: unknown): PageExampleKey | undefined {
  if (key?.field === undefined || typeof payload !== 'object' || payload === null) return undefined;
  const value = (payload as Readonly<Record<string, unknown>>)[key.field];
  const from = `${key.field} ${String(value)}`;
  if (key.encoding !== 'uint32le-padded') return { from, text: String(value), isBytes: false };
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(Number(value));
  return { from, text: hex(bytes), isBytes: true };
}

function wireForm(value: unknown, encoding: Header['encoding'] | undefined): string {
  if (encoding === 'json') return JSON.stringify(value);
  if (encoding !== 'uint16be') return typeof value === 'string' ? value : JSON.stringify(value);
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(Number(value));
  return `${hex(bytes)} (bytes of ${String(value)})`;
}

const hex = (bytes: Buffer) => bytes.toString('hex').replaceAll(/..(?!$)/g, '$& ');
