import { readText } from '../../../generated/contract/runtime.js';
import { positionText } from '../../keys.ts';
import { countText } from '../count-text.ts';
import { printable } from '../printable.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { FoundDeadLetters } from './read.ts';

/** The maximum numbers of characters shown of a value, and of the sentence that describes its fault. */
const MAX_VALUE_CHARACTERS = 160;
const MAX_MESSAGE_CHARACTERS = 400;

/** Prints the newest `limit` dead letters. The summary goes to standard error if a program reads the output. */
export function show(found: FoundDeadLetters, limit: number, asJson: boolean): void {
  const { deadLetters } = found;
  const shown = limit < deadLetters.length ? deadLetters.slice(-limit) : deadLetters;
  if (asJson) for (const deadLetter of shown) console.log(JSON.stringify(jsonOf(deadLetter, found)));
  else {
    for (const [fault, alike] of Map.groupBy(shown, faultOf)) {
      console.log(fault);
      for (const deadLetter of alike) console.log(textOf(deadLetter, found));
    }
  }
  const print = asJson ? console.error : console.log;
  print(summaryOf(found, shown.length));
}

/** Returns how many dead letters there are of each reason, and what was left out. */
function summaryOf({ topic, deadLetters, copies, others, foreign }: FoundDeadLetters, shown: number): string {
  const reasons = [...Map.groupBy(deadLetters, ({ reason }) => printable(reason, MAX_MESSAGE_CHARACTERS))];
  const each = reasons.map(([reason, all]) => `${reason} ${String(all.length)}`).join(', ');
  const count =
    deadLetters.length === 0
      ? `no ${others > 0 ? 'such ' : ''}dead letters on ${topic}`
      : `${countText(deadLetters.length, 'dead letter')} (${each})`;
  const leftOut = [
    shown < deadLetters.length && `the oldest ${String(deadLetters.length - shown)} not shown`,
    copies > 0 && `${countText(copies, 'copy', 'copies')} left out`,
    others > 0 && `${countText(others, 'other')} on the topic`,
    foreign > 0 && `${countText(foreign, 'record')} without DEAD_LETTER_ID, topic, partition or offset left out`,
  ].filter((line) => line !== false);
  return [count, ...leftOut].join(', ');
}

/** Many dead letters often share their fault: it is printed once, above them. */
function faultOf({ reason, message }: DeadLetter): string {
  return `${printable(reason, MAX_MESSAGE_CHARACTERS)}: ${printable(message, MAX_MESSAGE_CHARACTERS)}`;
}

function textOf(deadLetter: DeadLetter, { newerIds }: FoundDeadLetters): string {
  const { id, topic, partition, offset, timestamp, replayOf, record } = deadLetter;
  const position = printable(positionText({ topic, partition }, offset), MAX_MESSAGE_CHARACTERS);
  const lines = [
    `  ${id}  ${position}  ${isoTime(record.timestamp)}, its own time ${isoTime(timestamp)}`,
    `    ${printable(record.value, MAX_VALUE_CHARACTERS)}`,
  ];
  const newerId = newerIds.get(id);
  if (replayOf !== undefined) lines.push(`    is the replay of ${replayOf}`);
  if (newerId !== undefined) lines.push(`    was sent back, and became the dead letter ${newerId}`);
  return lines.join('\n');
}

/** Returns all fields: bytes as base64, headers in their order; the value as text too, if it is UTF-8. */
function jsonOf(
  { record, timestamp, offset, replayOf, ...fields }: DeadLetter,
  { newerIds }: FoundDeadLetters,
): object {
  const { key, value } = record;
  return {
    ...fields,
    offset: String(offset),
    timestamp: isoTime(timestamp),
    // eslint-disable-next-line no-restricted-syntax -- scripts of operators read this field
    setAside: isoTime(record.timestamp),
    replayOf: replayOf ?? null,
    setAsideAgainAs: newerIds.get(fields.id) ?? null,
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
