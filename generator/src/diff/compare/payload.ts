/** Compares all payloads that may be sent with those that the reader accepts. */
import type { ContractMessage } from '../../shape.ts';
import type { Found } from '../findings.ts';
import { recordOf } from '../records/record.ts';
import { sentPayload } from '../records/sent.ts';
import type { Side } from '../records/side.ts';
import { outcomeOf } from '../records/witness.ts';
import type { Sending } from '../rules/questions.ts';
import type { RuleFinding } from '../rules/rule.ts';
import { mayBeRefused } from '../rules/sentences.ts';
import { payloadRuleFor } from '../rules/table.ts';
import type { Decision, Refusal } from '../schema/decide.ts';
import type { Unproved } from '../schema/proof/prover.ts';
import { isValid } from '../schema/valid.ts';
import { faultOf, pointerIn, pointerOf } from '../wire/reader.ts';
import type { ChannelReader, WireRecord } from '../wire/reader.ts';
import { isSplit, unprovedTrial } from './ambiguous.ts';
import { found } from './ask.ts';
import type { Comparison } from './comparison.ts';
import { choosingHeaders, errorsIn, readingsOf } from './targets.ts';

export function comparePayloads({ search }: Comparison, sending: Sending): Found[] {
  const { writer, reader, twin } = sending;
  if ([writer, reader].some(({ channel }) => channel.contract.format !== 'json')) return [];
  // Readers that accept nothing new are a second comparison of the same message.
  const counted = sending.isStrictOnly ? 0 : 1;
  search.searched.messages += counted;
  const sent = sentPayload(writer.message);
  const validator = writer.decoder.validatorOf(writer.message);
  const headers = choosingHeaders(sending);
  const trial = unprovedTrial(sending);
  const decisions: Decision[] = [];
  for (const { message, also, reads, isAny = false, ...reading } of readingsOf(sending)) {
    const isSame = reading.isSame && trial.length === 0;
    const isSent = (value: unknown) => {
      // Compiling validators takes most of the time: what did not change needs none.
      if (!isValid(sent, value) || (!isSame && !validator.isValid(value))) return false;
      return [writer.decoder, twin].every((decoder) => {
        const chosen = decoder.choose(value, headers);
        return chosen.kind === 'chosen' && isAlike(chosen.message, writer.message);
      });
    };
    const decision = search.decide({
      writer: [sent, ...also],
      reader: reads,
      isSent,
      errorsOf: (value) => (isSame && isValid(reads, value) ? [] : errorsIn(value, headers, sending, message)),
      effort: isSame ? Math.ceil(search.effort / 6) : search.effort,
    });
    // Of what has no type, a record that is refused is enough.
    const isEnough = isAny && decision.refusals.length > 0;
    const isClear = isEnough || (decision.open.length > 0 && isSplit(sending, [sent, ...also]));
    decisions.push(isClear ? { ...decision, open: [] } : decision);
    if (isEnough) break;
  }
  const refusals = decisions.flatMap((decision) => decision.refusals);
  const open = [...trial, ...decisions.flatMap((decision) => decision.open)];
  const left = refusals.length > 0 ? open.filter(({ keyword }) => keyword !== 'trial') : open;
  if (left.length === 0 && refusals.length === 0) search.searched.proved += counted;
  return [
    ...refusals.map((refusal) =>
      found(payloadRuleFor(refusal.keyword), sending, refused(sending, refusal, writer.decoder)),
    ),
    ...distinct(left).map((unproved) => {
      const rule = payloadRuleFor(unproved.keyword === 'trial' ? 'oneOf' : unproved.keyword);
      return found(rule, sending, undecided(sending, unproved));
    }),
  ];
}

const MAX_OPEN = 10;

export function distinct(list: readonly Unproved[]): Unproved[] {
  const byPath = new Map(list.map((one) => [`${one.keyword} ${one.path.join('/')}`, one]));
  return [...byPath.values()].slice(0, MAX_OPEN);
}

/** Messages with one payload cannot be distinguished, if only payloads distinguish them. */
const isAlike = (one: ContractMessage, other: ContractMessage) =>
  one.component === other.component || one.payloadType === other.payloadType;

const nameOf = (field: readonly string[]) => (field.length === 0 ? 'the payload' : pointerOf(field));

/** @param decoder reads as the writer's version does. */
export function refused(
  sending: Sending,
  { keyword, path, field, value }: Refusal,
  decoder: ChannelReader,
): RuleFinding {
  const { writer, reader } = sending;
  const record = recordOf(writer, { payload: value });
  const read = reader.decoder.read(record);
  const isOther = (message: ContractMessage) =>
    reader.channel.contract.apart.by === 'trial' &&
    message.payloadType !== reader.message.payloadType &&
    !sending.others.includes(message);
  const isRefused = read.kind !== 'message' || isOther(read.message);
  const common = {
    path: ['payload', ...path, keyword],
    why: `${mayBeRefused(sending)}: the rule "${keyword}" of ${nameOf(field)} refuses it`,
    subject: { field },
  };
  if (!isRefused || decoder.read(record).kind !== 'message') return { ...common, verdict: 'look' };
  const error = read.kind === 'invalid' && read.code === 'INVALID_PAYLOAD' ? errorOf(reader, record, { keyword, field, value }) : {}; // prettier-ignore
  const outcome = outcomeOf({ ...read, ...error });
  return { ...common, verdict: 'breaking', record, outcome };
}

/** Returns the error that a finding is about; undefined if it is not one of the reader's schema. A record may have others too. */
function errorOf({ decoder }: Side, { headers }: WireRecord, { keyword, field, value }: Omit<Refusal, 'path'>) {
  const chosen = decoder.choose(value, headers);
  const errors = chosen.kind === 'chosen' ? decoder.validatorOf(chosen.message).errorsOf(value) : [];
  const error = errors.find((one) => one.keyword === keyword && pointerIn(one) === pointerOf(field));
  return error && faultOf(error);
}

export function undecided({ writer }: Sending, { keyword, path, field }: Unproved): RuleFinding {
  const { component } = writer.message;
  return {
    verdict: 'look',
    path: ['payload', ...path, keyword],
    why: `It is neither proved that every ${component} keeps the rule "${keyword}" of ${nameOf(field)}, nor is a record found that breaks it`,
    subject: { field },
  };
}
