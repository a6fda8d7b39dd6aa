import { isUtf8 } from 'node:buffer';

/** Characters that a terminal acts on instead of showing them. */
const CONTROL_CHARACTERS = /[\p{C}\p{Zl}\p{Zp}]/gu;

const MAX_BYTES_PER_CHARACTER = 4;

/** Returns one line that is safe for a terminal, of at most so many characters of the value; hexadecimal if it is no UTF-8. */
export function printable(value: Buffer | string | null, maxCharacters: number): string {
  if (value === null) return '(no value)';
  const bytes = Buffer.from(value);
  if (bytes.length === 0) return '(empty)';
  const start = bytes.subarray(0, MAX_BYTES_PER_CHARACTER * maxCharacters);
  const characters = Array.from(isUtf8(bytes) ? start.toString() : `0x${start.toString('hex')}`);
  const shown = characters.slice(0, maxCharacters).join('').replace(CONTROL_CHARACTERS, escaped);
  const isWhole = characters.length <= maxCharacters && start.length === bytes.length;
  return isWhole ? shown : `${shown}… (${String(bytes.length)} bytes)`;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
