/** Compares payloads with fields that no version names. */
import type { Found } from '../findings.ts';
import { sentPayload } from '../records/sent.ts';
import type { Sending } from '../rules/questions.ts';
import { payloadRuleFor } from '../rules/table.ts';
import { schemasIn } from '../schema/identity.ts';
import type { LinkedObject } from '../schema/linked.ts';
import type { Unproved } from '../schema/proof/prover.ts';
import { isValid } from '../schema/valid.ts';
import { isSplit } from './ambiguous.ts';
import { found } from './ask.ts';
import type { Comparison } from './comparison.ts';
import { OtherFields } from './other-fields.ts';
import { distinct, refused, undecided } from './payload.ts';
import { choosingHeaders, errorsIn, readPayload } from './targets.ts';

/** Keywords that refuse fields which have no schema of their own. */
const CLOSING = new Set(['additionalProperties', 'unevaluatedProperties', 'propertyNames', 'maxProperties']);
/** Those that have a rule for some of them. */
const DESCRIBING = [...CLOSING, 'patternProperties'];

/** Alternatives may refuse such a field together. */
const isClosingKeyword = (keyword: string) => CLOSING.has(keyword) || keyword === 'anyOf' || keyword === 'oneOf';

/** Whether fields that neither version names may break a rule. A field within one of a map has a name. */
function isOfOthers({ keyword, field, within = [] }: Unproved): boolean {
  return within.length > 0 ? within.some(isOfOthers) : isClosingKeyword(keyword) || field.at(-1) === '*';
}

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
  const isDescribing = (schema: LinkedObject) => DESCRIBING.some((keyword) => keyword in schema);
  if (accepted === read || ![...schemasIn(read)].some(isDescribing)) return [];
  const sent = sentPayload(writer.message);
  const headers = choosingHeaders(sending);
  const errorsOf = (value: unknown) => errorsIn(value, headers, sending, reader.message);
  const others = new OtherFields(accepted, read);
  const { refusals, open } = search.decide({
    writer: [accepted],
    reader: read,
    isSent: (value) => isValid(sent, others.without(value)) && twin.validatorOf(writer.message).isValid(value),
    errorsOf: (value) => {
      const errors = errorsOf(value);
      // What is refused without the field is found elsewhere.
      if (errors.length === 0 || errorsOf(others.without(value)).length > 0) return [];
      const paths = others.pathsIn(value);
      return errors.filter(({ keyword, instancePath }) => isClosingKeyword(keyword) || paths.some((path) => `${instancePath}/`.startsWith(`${path}/`))); // prettier-ignore
    },
    counts: isOfOthers,
    effort: search.effort,
  });
  const left = open.length > 0 && isSplit(sending, [accepted]) ? [] : open;
  return [
    ...refusals.map((refusal) => {
      const finding = { ...refused(sending, refusal, twin), subject: { field: UNKNOWN_FIELD } };
      return found(payloadRuleFor(refusal.keyword), sending, finding);
    }),
    ...distinct(left).map((one) => found(payloadRuleFor(one.keyword), sending, undecided(sending, one))),
  ];
}

/** Declarations of teams have no such name either. */
const UNKNOWN_FIELD = [''];
