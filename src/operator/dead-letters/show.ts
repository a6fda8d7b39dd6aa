import { readText } from '../../../generated/contract/runtime.ts';
import { placeOf } from './dead-letter.ts';
import type { Letter } from './dead-letter.ts';
import { printable } from '../printable.ts';
import type { Found } from './read.ts';

/** Characters of a value, and of the sentence that says what is wrong with it. */
const VALUE = 160;
const MESSAGE = 400;

/** Prints the letters, the newest `limit` of them; how many there are is said to stderr where a program reads the rest. */
export function show(found: Found, limit: number, asJson: boolean): void {
  const letters = limit < found.letters.length ? found.letters.slice(-limit) : found.letters;
  if (asJson) for (const letter of letters) console.log(JSON.stringify(jsonOf(letter, found)));
  else {
    for (const [why, alike] of Map.groupBy(letters, whyOf)) {
      console.log(why);
      for (const letter of alike) console.log(textOf(letter, found));
    }
  }
  const say = asJson ? console.error : console.log;
  for (const line of summaryOf(found, letters.length)) say(line);
}

/** How many there are, of which reason, and what was left out. */
function summaryOf({ topic, letters, copies, others, strangers }: Found, shown: number): string[] {
  const reasons = [...Map.groupBy(letters, ({ reason }) => printable(reason, MESSAGE))];
  const each = reasons.map(([reason, all]) => `${reason} ${String(all.length)}`).join(', ');
  const count =
    letters.length === 0
      ? `no ${others > 0 ? 'such ' : ''}dead letters on ${topic}`
      : `${many(letters.length, 'dead letter')} (${each})`;
  const left = [
    shown < letters.length && `the oldest ${String(letters.length - shown)} not shown`,
    copies > 0 && `${many(copies, 'copy', 'copies')} left out`,
    others > 0 && `${many(others, 'other')} on the topic`,
    strangers > 0 && `${many(strangers, 'record')} without DEAD_LETTER_ID or place left out`,
  ].filter((line) => line !== false);
  return [[count, ...left].join(', ')];
}

export function many(count: number, one: string, more = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : more}`;
}

/** What is often the same for many letters: it is said once, above them. */
function whyOf({ reason, message }: Letter): string {
  return `${printable(reason, MESSAGE)}: ${printable(message, MESSAGE)}`;
}

function textOf(letter: Letter, { again }: Found): string {
  const { id, topic, partition, offset, timestamp, replayOf, record } = letter;
  const place = printable(placeOf(topic, partition, offset), MESSAGE);
  const lines = [
    `  ${id}  ${place}  ${isoTime(record.timestamp)}, its own time ${isoTime(timestamp)}`,
    `    ${printable(record.value, VALUE)}`,
  ];
  const newer = again.get(id);
  if (replayOf !== undefined) lines.push(`    is ${replayOf}, sent back`);
  if (newer !== undefined) lines.push(`    was sent back, and set aside again as ${newer}`);
  return lines.join('\n');
}

/** Everything: bytes as base64, headers in their order; the value as text too, where it is UTF-8. */
function jsonOf({ record, timestamp, offset, replayOf, ...said }: Letter, { again }: Found): object {
  const { key, value } = record;
  return {
    ...said,
    offset: String(offset),
    timestamp: isoTime(timestamp),
    setAside: isoTime(record.timestamp),
    replayOf: replayOf ?? null,
    setAsideAgainAs: again.get(said.id) ?? null,
    key: base64(key),
    value: base64(value),
    text: readText(value ?? undefined) ?? null,
    headers: Object.entries(record.headers).flatMap(([name, one]) =>
      [one ?? null].flat().map((each) => [name, base64(each)]),
    ),
  };
}

function base64(bytes: Buffer | string | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('base64');
}

function isoTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  return Number.isNaN(time.getTime()) ? String(milliseconds) : time.toISOString();
}
