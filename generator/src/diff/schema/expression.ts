/** Reads regular expressions as automata, so that what they accept can be compared and generated. */

/** Code points: pairs of first and last, sorted, without overlap. */
export type Ranges = readonly number[];

/** A state of a nondeterministic automaton. */
export interface State {
  readonly next: { readonly ranges: Ranges; readonly to: number }[];
  /** States that are reached without a character: always, only at the start of the text, only at its end. */
  readonly free: number[];
  readonly atStart: number[];
  readonly atEnd: number[];
}

/** An expression as an automaton that reads a whole text. */
export interface Expression {
  readonly states: readonly State[];
  readonly start: number;
  readonly end: number;
  /** Whether it accepts exactly what the expression accepts. Otherwise it accepts more: lookarounds and the like are left out. */
  readonly isExact: boolean;
}

type Node =
  | { readonly kind: 'set'; readonly ranges: Ranges }
  | { readonly kind: 'concatenation' | 'choice'; readonly items: readonly Node[] }
  | { readonly kind: 'repeat'; readonly item: Node; readonly min: number; readonly max: number }
  | { readonly kind: 'start' | 'end' };

const LAST_CODE_POINT = 0x10_ff_ff;
const ANY: Ranges = [0, LAST_CODE_POINT];
/** A repetition `{2,5}` is copied; an expression with more states than this is not read. */
const MAX_STATES = 20_000;

const cache = new Map<string, Expression | undefined>();

/** Returns the automaton of an expression; undefined if it has more states than can be compared. */
export function expressionOf(source: string, flags = 'u'): Expression | undefined {
  const key = `${flags}/${source}`;
  if (!cache.has(key)) cache.set(key, read(source, flags));
  return cache.get(key);
}

function read(source: string, flags: string): Expression | undefined {
  const reader = new Reader(source, flags.includes('i'));
  try {
    return built(reader.all(), reader.isExact);
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    // What cannot be read may accept any text.
    if (error instanceof Unreadable) return built({ kind: 'concatenation', items: [] }, false);
    throw error;
  }
}

class TooLarge extends Error {}
class Unreadable extends Error {}

const DIGITS: Ranges = [0x30, 0x39];
const WORDS: Ranges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
const SPACES: Ranges = [9, 13, 32, 32, 0xa0, 0xa0, 0x16_80, 0x16_80, 0x20_00, 0x20_0a, 0x20_28, 0x20_29, 0x20_2f, 0x20_2f, 0x20_5f, 0x20_5f, 0x30_00, 0x30_00, 0xfe_ff, 0xfe_ff]; // prettier-ignore
const LINE_ENDS: Ranges = [10, 10, 13, 13, 0x20_28, 0x20_29];
const CLASSES: Readonly<Record<string, Ranges>> = {
  d: DIGITS,
  D: inverted(DIGITS),
  w: WORDS,
  W: inverted(WORDS),
  s: SPACES,
  S: inverted(SPACES),
};
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, v: 11, f: 12, '0': 0 };

class Reader {
  isExact = true;
  readonly #text: readonly string[];
  readonly #ignoresCase: boolean;
  #at = 0;

  constructor(source: string, ignoresCase: boolean) {
    this.#text = Array.from(source);
    this.#ignoresCase = ignoresCase;
  }

  all(): Node {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw new Unreadable();
    return node;
  }

  #choice(): Node {
    const items = [this.#concatenation()];
    while (this.#take('|')) items.push(this.#concatenation());
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'choice', items };
  }

  #concatenation(): Node {
    const items: Node[] = [];
    while (this.#at < this.#text.length && !'|)'.includes(this.#peek())) items.push(this.#repeated(this.#atom()));
    return { kind: 'concatenation', items };
  }

  #repeated(item: Node): Node {
    const [min, max] = this.#count();
    if (min === undefined) return item;
    this.#take('?');
    return { kind: 'repeat', item, min, max: max ?? Infinity };
  }

  #count(): [number?, number?] {
    if (this.#take('*')) return [0];
    if (this.#take('+')) return [1];
    if (this.#take('?')) return [0, 1];
    const found = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.#text.slice(this.#at, this.#at + 24).join(''));
    if (found === null) return [];
    this.#at += found[0].length;
    const min = Number(found[1]);
    return found[2] === undefined ? [min, min] : found[3] === '' ? [min] : [min, Number(found[3])];
  }

  #atom(): Node {
    if (this.#take('^')) return { kind: 'start' };
    if (this.#take('$')) return { kind: 'end' };
    if (this.#take('.')) return { kind: 'set', ranges: inverted(LINE_ENDS) };
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return { kind: 'set', ranges: this.#class() };
    if (this.#take('\\')) {
      const character = this.#peek();
      if ('bBk'.includes(character) || /[1-9]/.test(character)) throw new Unreadable();
      return { kind: 'set', ranges: this.#bothCases(this.#escape()) };
    }
    return { kind: 'set', ranges: this.#bothCases(single(this.#next())) };
  }

  #group(): Node {
    const isLookaround = /^\?<?[=!]/.test(this.#text.slice(this.#at, this.#at + 3).join(''));
    if (isLookaround) this.#at += this.#text[this.#at + 1] === '<' ? 3 : 2;
    else if (this.#take('?')) {
      if (this.#take('<')) while (this.#next() !== '>');
      else if (!this.#take(':')) throw new Unreadable();
    }
    const node = this.#choice();
    if (!this.#take(')')) throw new Unreadable();
    if (!isLookaround) return node;
    this.isExact = false;
    return { kind: 'concatenation', items: [] };
  }

  #class(): Ranges {
    const isInverted = this.#take('^');
    const parts: number[] = [];
    while (!this.#take(']')) {
      const first = this.#classAtom();
      const hasEnd = this.#peek() === '-' && this.#text[this.#at + 1] !== ']' && first.length === 2 && first[0] === first[1]; // prettier-ignore
      if (!hasEnd) parts.push(...first);
      else {
        this.#at += 1;
        parts.push(first[0] ?? 0, this.#classAtom()[1] ?? 0);
      }
    }
    const ranges = this.#bothCases(united(parts));
    return isInverted ? inverted(ranges) : ranges;
  }

  #classAtom(): Ranges {
    if (!this.#take('\\')) return single(this.#next());
    if (this.#take('b')) return [8, 8];
    return this.#escape();
  }

  #escape(): Ranges {
    const character = this.#next();
    if (character === 'x' || character === 'u') return single(String.fromCodePoint(this.#hexadecimal(character)));
    if (character === 'c') return single(String.fromCodePoint((this.#next().codePointAt(0) ?? 0) % 32));
    if (character === 'p' || character === 'P') {
      const start = this.#at;
      while (this.#next() !== '}');
      return ofProperty(`\\${character}${this.#text.slice(start, this.#at).join('')}`);
    }
    const control = CONTROLS[character];
    return CLASSES[character] ?? (control === undefined ? single(character) : [control, control]);
  }

  #hexadecimal(character: string): number {
    const rest = this.#text.slice(this.#at, this.#at + 14).join('');
    const found = character === 'x' ? /^[\da-f]{2}/i.exec(rest) : /^(?:[\da-f]{4}|\{[\da-f]+\})/i.exec(rest);
    if (found === null) throw new Unreadable();
    this.#at += found[0].length;
    const code = Number.parseInt(found[0].replace('{', ''), 16);
    const second = /^\\u(d[c-f][\da-f]{2})/i.exec(this.#text.slice(this.#at, this.#at + 6).join(''));
    if (code < 0xd8_00 || code > 0xdb_ff || second?.[1] === undefined) return code;
    this.#at += 6;
    return 0x1_00_00 + (code - 0xd8_00) * 0x4_00 + (Number.parseInt(second[1], 16) - 0xdc_00);
  }

  #bothCases(ranges: Ranges): Ranges {
    if (!this.#ignoresCase) return ranges;
    const other: number[] = [...ranges];
    for (let index = 0; index < ranges.length; index += 2) {
      const [first = 0, last = 0] = [ranges[index], ranges[index + 1]];
      // Letters of ASCII only.
      for (const [from, to, step] of [
        [0x41, 0x5a, 32],
        [0x61, 0x7a, -32],
      ] as const) {
        // prettier-ignore
        const [low, high] = [Math.max(first, from), Math.min(last, to)];
        if (low <= high) other.push(low + step, high + step);
      }
    }
    return united(other);
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #next(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new Unreadable();
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }
}

const single = (character: string): Ranges => {
  const code = character.codePointAt(0) ?? 0;
  return [code, code];
};

/** Returns ranges sorted and joined. */
function united(parts: readonly number[]): Ranges {
  const pairs: [number, number][] = [];
  for (let index = 0; index < parts.length; index += 2) pairs.push([parts[index] ?? 0, parts[index + 1] ?? 0]);
  pairs.sort(([one], [other]) => one - other);
  const joined: number[] = [];
  for (const [first, last] of pairs) {
    const end = joined.at(-1);
    if (end !== undefined && first <= end + 1) joined[joined.length - 1] = Math.max(end, last);
    else joined.push(first, last);
  }
  return joined;
}

function inverted(ranges: Ranges): Ranges {
  const others: number[] = [];
  let start = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    const first = ranges[index] ?? 0;
    if (first > start) others.push(start, first - 1);
    start = (ranges[index + 1] ?? 0) + 1;
  }
  if (start <= LAST_CODE_POINT) others.push(start, LAST_CODE_POINT);
  return others;
}

const properties = new Map<string, Ranges>();

/** Returns the characters with a property of Unicode: the expression itself is asked for each of them. */
function ofProperty(property: string): Ranges {
  const known = properties.get(property);
  if (known !== undefined) return known;
  let expression: RegExp;
  try {
    expression = new RegExp(`^${property}$`, 'u');
  } catch {
    throw new Unreadable();
  }
  const found: number[] = [];
  for (let code = 0; code <= LAST_CODE_POINT; code += 1) {
    if (!expression.test(String.fromCodePoint(code))) continue;
    if (found.at(-1) === code - 1) found[found.length - 1] = code;
    else found.push(code, code);
  }
  properties.set(property, found);
  return found;
}

/** Returns the automaton. A match may be anywhere in the text. */
function built(node: Node, isExact: boolean): Expression {
  const states: State[] = [];
  const create = (): number => {
    if (states.length >= MAX_STATES) throw new TooLarge();
    return states.push({ next: [], free: [], atStart: [], atEnd: [] }) - 1;
  };
  const stateOf = (index: number) => states[index] ?? { next: [], free: [], atStart: [], atEnd: [] };

  function add(part: Node, from: number): number {
    const to = create();
    switch (part.kind) {
      case 'set':
        stateOf(from).next.push({ ranges: part.ranges, to });
        return to;
      case 'start':
        stateOf(from).atStart.push(to);
        return to;
      case 'end':
        stateOf(from).atEnd.push(to);
        return to;
      case 'concatenation':
        stateOf(part.items.reduce((at, item) => add(item, at), from)).free.push(to);
        return to;
      case 'choice':
        for (const item of part.items) stateOf(add(item, from)).free.push(to);
        return to;
      case 'repeat': {
        let at = create();
        stateOf(from).free.push(at);
        for (let count = 0; count < part.min; count += 1) at = add(part.item, at);
        if (part.max === Infinity) {
          // Its own state: what comes before must not be entered again.
          const loop = create();
          stateOf(at).free.push(loop);
          stateOf(add(part.item, loop)).free.push(loop);
          stateOf(loop).free.push(to);
          return to;
        }
        for (let count = part.min; count < part.max; count += 1) {
          stateOf(at).free.push(to);
          at = add(part.item, at);
        }
        stateOf(at).free.push(to);
        return to;
      }
    }
  }

  const start = create();
  stateOf(start).next.push({ ranges: ANY, to: start });
  const end = add(node, start);
  stateOf(end).next.push({ ranges: ANY, to: end });
  return { states, start, end, isExact };
}
