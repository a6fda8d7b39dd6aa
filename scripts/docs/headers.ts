/** Writes the headers of messages as a table. */
import type { Field } from './described.ts';
import { rowsOf } from './fields.ts';
import { code, hex, paragraphs, table } from './markdown.ts';
import type { Section } from './page.ts';

interface HeaderUse {
  readonly field: Field;
  readonly example: unknown;
  /** When a sender sets it. */
  sent: string;
  /** When a reader finds it. */
  found: string;
}

/** Returns one table for all channels: those of one direction have the same headers. Dead letters have a table of their own. */
export function headersTable(sections: readonly Section[]): string {
  const uses = new Map<string, HeaderUse>();
  for (const { what: channel, messages } of sections.filter(({ what }) => what.format === 'json')) {
    const { headers, examples } = messages[0]?.what ?? {};
    for (const { name, field, isRequired } of rowsOf((headers ?? {}) as Field)) {
      const example = examples?.find(({ headers: values }) => values?.[name] !== undefined)?.headers?.[name];
      const use = uses.get(name) ?? { field, example, sent: 'no', found: 'no' };
      if (channel.direction === 'receive') use.sent = isRequired ? 'always' : 'optional';
      else use.found = isRequired ? 'always' : 'sometimes';
      uses.set(name, use);
    }
  }
  const rows = [...uses].map(([name, { field, example, sent, found }]) => {
    return [code(name), sent, found, headerExample(field, example), paragraphs(field.description).join(' ')];
  });
  return table(['header', 'you send it', 'you find it', 'such as', 'meaning'], rows);
}

function headerExample({ 'x-encoding': encoding }: Field, value: unknown): string {
  if (encoding !== 'uint16be') return code(String(value));
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(Number(value));
  return `bytes ${hex(bytes)} (${String(value)})`;
}
