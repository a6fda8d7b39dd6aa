/** Makes a value smaller, as long as it keeps what makes it interesting. */
import { isObject } from '../../json-object.ts';

const MAX_TRIES = 400;

/** Returns the smallest value that is found. @param isKept whether a value still has what matters. */
export function shrunk(value: unknown, isKept: (value: unknown) => boolean): unknown {
  let current = value;
  let tries = 0;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const smaller of smallerThan(current)) {
      tries += 1;
      if (tries > MAX_TRIES) return current;
      if (!isKept(smaller)) continue;
      current = smaller;
      isSmaller = true;
      break;
    }
  }
  return current;
}

function* smallerThan(value: unknown): Generator {
  if (Array.isArray(value)) {
    if (value.length > 1) yield value.slice(0, Math.floor(value.length / 2));
    for (let index = 0; index < Math.min(value.length, 50); index += 1) yield value.toSpliced(index, 1);
    for (const [index, item] of value.slice(0, 20).entries())
      for (const smaller of smallerThan(item)) yield value.with(index, smaller);
    return;
  }
  if (isObject(value)) {
    const entries = Object.entries(value);
    const half = Math.ceil(entries.length / 2);
    if (entries.length > 2) for (const part of [entries.slice(0, half), entries.slice(half)]) yield Object.fromEntries(part); // prettier-ignore
    for (const index of entries.keys()) yield Object.fromEntries(entries.toSpliced(index, 1));
    for (const [name, item] of entries) {
      for (const smaller of smallerThan(item)) yield Object.fromEntries(entries.map(([other, own]) => [other, other === name ? smaller : own])); // prettier-ignore
    }
    return;
  }
  if (typeof value === 'number') {
    for (const smaller of [0, 1, Math.trunc(value)]) if (Math.abs(smaller) < Math.abs(value)) yield smaller;
    return;
  }
  if (typeof value === 'string' && value.length > 0) {
    const characters = Array.from(value);
    if (characters.length > 2) yield characters.slice(0, Math.ceil(characters.length / 2)).join('');
    yield characters.slice(0, -1).join('');
  }
}
