import { isUtf8 } from 'node:buffer';

/** What a terminal would act on instead of showing it. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** One line that a terminal shows as it is, with at most so many characters of the value; hexadecimal if it is no UTF-8. */
export function printable(value: Buffer | string | null, most: number): string {
  if (value === null) return '(no value)';
  const bytes = Buffer.from(value);
  if (bytes.length === 0) return '(empty)';
  // A character has at most 4 bytes.
  const start = bytes.subarray(0, 4 * most);
  const characters = Array.from(isUtf8(bytes) ? start.toString() : `0x${start.toString('hex')}`);
  const shown = characters.slice(0, most).join('').replace(UNSEEN, escaped);
  const isWhole = characters.length <= most && start.length === bytes.length;
  return isWhole ? shown : `${shown}… (${String(bytes.length)} bytes)`;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
