/** Compares payloads with fields that no version names. */
import type { Found } from '../findings.ts';
import { isObject } from '../../json-object.ts';
import { sentPayload } from '../records/sent.ts';
import type { Sending } from '../rules/questions.ts';
import { payloadRuleFor } from '../rules/table.ts';
import { textOf } from '../schema/linked.ts';
import { OTHER_NAME } from '../schema/names.ts';
import { isValid } from '../schema/valid.ts';
import { found } from './ask.ts';
import type { Comparison } from './comparison.ts';
import { distinct, isSplit, refused, undecided } from './payload.ts';
import { choosingHeaders, errorsIn, readPayload } from './targets.ts';

/** Keywords that refuse fields which have no schema of their own. */
const CLOSING = new Set(['additionalProperties', 'unevaluatedProperties', 'propertyNames', 'maxProperties']);

/** Whether it is found that fields are refused which have no schema of their own. */
export const isClosing = ({ verdict, location }: Found): boolean =>
  verdict === 'breaking' && CLOSING.has(String(location.path.at(-1)));

/**
 * Compares records with a field that neither version names, where the old version of the service accepts such fields: some client may
 * send one.
 */
export function compareClosing({ search }: Comparison, sending: Sending): Found[] {
  const { writer, reader, twin } = sending;
  if (twin.kind !== 'service' || [writer, reader].some(({ channel }) => channel.contract.format !== 'json')) return [];
  const [accepted, read] = [readPayload(twin, writer.message), readPayload(reader.decoder, reader.message)];
  const text = textOf(read);
  if (accepted === read || ![...CLOSING].some((keyword) => text.includes(`"${keyword}"`))) return [];
  const sent = sentPayload(writer.message);
  const headers = choosingHeaders(sending);
  const errorsOf = (value: unknown) => errorsIn(value, headers, sending, reader.message);
  const { refusals, open } = search.decide({
    writer: [accepted],
    reader: read,
    isSent: (value) => isValid(sent, withoutOther(value)) && twin.validatorOf(writer.message).isValid(value),
    // What is refused without the field is found elsewhere.
    errorsOf: (value) => (errorsOf(withoutOther(value)).length > 0 ? [] : errorsOf(value)),
    keywords: new Set([...CLOSING, 'anyOf', 'oneOf']),
    effort: search.effort,
  });
  const left = open.length > 0 && isSplit(sending, [accepted]) ? [] : open;
  return [
    ...refusals.map((refusal) => {
      const finding = { ...refused(sending, refusal, twin), subject: { field: UNKNOWN_FIELD } };
      return found(payloadRuleFor(refusal.keyword), sending, finding);
    }),
    ...distinct(left.filter(({ keyword }) => CLOSING.has(keyword))).map((one) =>
      found(payloadRuleFor(one.keyword), sending, undecided(sending, one)),
    ),
  ];
}

/** Declarations of teams have no such name either. */
const UNKNOWN_FIELD = [''];

/** Returns a value without fields whose names no version has. */
function withoutOther(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOther);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([name]) => name !== OTHER_NAME);
  return Object.fromEntries(entries.map(([name, item]) => [name, withoutOther(item)]));
}
