/** Translates regular expressions of JavaScript to those of Go, which has neither lookarounds nor back references. */

/** An expression has no counterpart. */
export class PatternError extends Error {}

const MAX_REPETITION = 1000;
/** What \s means in JavaScript. In Go it is ASCII only. */
const SPACES = String.raw`\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`;
const ANY_BUT_LINE_ENDS = String.raw`[^\n\r\x{2028}\x{2029}]`;

/** Returns the expression for Go's `regexp`. @throws {PatternError} with the rest of a sentence. */
export function goPattern(expression: string): string {
  let result = '';
  let isInClass = false;
  for (let at = 0; at < expression.length;) {
    const [text, length]: [string, number] = isInClass ? inClass(expression.slice(at)) : outside(expression.slice(at));
    result += text;
    if (!isInClass && expression[at] === '[') isInClass = text.endsWith('[') || text.endsWith('[^');
    else if (isInClass && expression[at] === ']') isInClass = false;
    at += length;
  }
  return result;
}

/** Returns the translation of what an expression begins with, and its length. */
function outside(rest: string): [string, number] {
  const group = /^\(\?(?:<?[=!])/.exec(rest);
  if (group !== null) throw new PatternError(`looks ahead or behind (${group[0]}...), which Go cannot`);
  const named = /^\(\?<([A-Za-z]\w*)>/.exec(rest);
  if (named !== null) return [`(?P<${named[1] ?? ''}>`, named[0].length];
  if (rest.startsWith('(?') && !rest.startsWith('(?:')) throw new PatternError('has a group that Go does not have');
  const repetition = /^\{(\d+)(?:,(\d*))?\}/.exec(rest);
  if (repetition !== null && Math.max(Number(repetition[1]), Number(repetition[2] ?? 0)) > MAX_REPETITION)
    throw new PatternError(`repeats more than ${MAX_REPETITION} times, which Go cannot`);
  if (/^\\(?:[1-9]|k<)/.test(rest)) throw new PatternError('refers back to a group, which Go cannot');
  if (rest.startsWith('[^]')) return [String.raw`[\x{0}-\x{10ffff}]`, 3];
  if (rest.startsWith('[]')) return [String.raw`[^\x{0}-\x{10ffff}]`, 2];
  if (rest.startsWith('[^')) return ['[^', 2];
  if (rest.startsWith('.')) return [ANY_BUT_LINE_ENDS, 1];
  if (rest.startsWith(String.raw`\s`)) return [`[${SPACES}]`, 2];
  if (rest.startsWith(String.raw`\S`)) return [`[^${SPACES}]`, 2];
  if (/^\\[bB]/.test(rest)) return [rest.slice(0, 2), 2];
  return rest.startsWith('\\') ? escapeSequence(rest) : [first(rest), first(rest).length];
}

function inClass(rest: string): [string, number] {
  if (rest.startsWith(String.raw`\s`)) return [SPACES, 2];
  if (rest.startsWith(String.raw`\S`)) throw new PatternError(String.raw`has \S in brackets, which Go cannot`);
  if (rest.startsWith(String.raw`\b`)) return [String.raw`\x{8}`, 2];
  if (rest.startsWith('\\')) return escapeSequence(rest);
  // Go would read the name of a class.
  return rest.startsWith('[') ? [String.raw`\[`, 1] : [first(rest), first(rest).length];
}

function escapeSequence(rest: string): [string, number] {
  const code = /^\\(?:u\{([0-9A-Fa-f]+)\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))/.exec(rest);
  if (code !== null) {
    const hex = code[1] ?? code[2] ?? code[3] ?? '';
    if (/^d[89a-f]..$/i.test(hex)) throw new PatternError('has a half of a surrogate pair; write the whole character');
    return [`\\x{${hex}}`, code[0].length];
  }
  const category = /^\\[pP]\{[A-Z][a-z]?\}/.exec(rest);
  if (category !== null) return [category[0], category[0].length];
  const control = /^\\c([A-Za-z])/.exec(rest);
  if (control !== null) return [`\\x{${((control[1] ?? '').toUpperCase().charCodeAt(0) - 64).toString(16)}}`, 3];
  const [, next = ''] = rest;
  if (next === '0') return [String.raw`\x{0}`, 2];
  if (/[dDwWtnrfv]/.test(next)) return [`\\${next}`, 2];
  if (next === '/' || next === '-') return [next === '/' ? '/' : String.raw`\-`, 2];
  if (/[$()*+.?[\\\]^{|}]/.test(next)) return [`\\${next}`, 2];
  throw new PatternError(`has \\${next}, which Go does not have`);
}

const first = (text: string) => String.fromCodePoint(text.codePointAt(0) ?? 0);
