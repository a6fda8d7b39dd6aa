/** Writes one example of the contract byte by byte, as its record is. */
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { spawnExamples } from '../../generated/contract/examples.js';
import { code, hex, table } from './markdown.ts';

/** Returns a table of key, headers and value. */
export function wireTable(): string {
  const example = spawnExamples.find(({ name }) => name === 'minimal');
  if (example === undefined) throw new Error('the contract has no minimal example of SPAWN');
  const { payload, headers: values } = example;
  const { key, value, headers } = petCommand.encode(payload, values);
  const rows = Object.entries(headers).map(([name, header]) => {
    const isText = typeof header === 'string';
    const bytes = Buffer.from(header as Buffer | string);
    const text = isText ? bytes.toString() : String(values[name as keyof typeof values]);
    return [`header ${code(name)}`, hex(bytes), isText ? code(text) : `${text}, a big-endian uint16`];
  });
  return table(
    ['part', 'bytes', 'is'],
    [
      ['key', hex(key ?? Buffer.alloc(0)), `pet ${payload.petId}, a little-endian uint32, then four zero bytes`],
      ...rows,
      ['value', hex(value ?? Buffer.alloc(0)), code(value?.toString() ?? '')],
    ],
  );
}
