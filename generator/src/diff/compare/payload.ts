/** Compares the payloads of a message in both versions. */
import type { ErrorObject } from 'ajv';
import { distinctValues } from '../../discrimination.ts';
import type { Path } from '../../pointer.ts';
import type { ContractMessage } from '../../shape.ts';
import { ruleOfKeyword } from '../rules/table.ts';
import { decide } from '../schema/decide.ts';
import type { Refusal } from '../schema/decide.ts';
import { unprovedOf } from '../schema/includes.ts';
import type { Unproved } from '../schema/includes.ts';
import { linked, textOf } from '../schema/linked.ts';
import type { Linked } from '../schema/linked.ts';
import { isObject, isValid } from '../schema/valid.ts';
import type { ServiceChannel, Use } from '../service.ts';
import { outcomeOf, recordOf, baseHeaders, sentPayload, witnessOf } from './records.ts';
import { pointerOf, readSchema } from '../wire/reader.ts';
import type { ChannelReader } from '../wire/reader.ts';
import { report } from './context.ts';
import type { Context } from './context.ts';

/** A message that one version sends and the other one reads. */
export interface Sending {
  readonly use: Use;
  readonly writer: ServiceChannel;
  readonly message: ContractMessage;
  /** Reads as the writer's own version does: what it refuses itself is not sent. */
  readonly own: ChannelReader;
  /** Reads as the reader does, but in the writer's own version: what was not read before is no change. */
  readonly twin: ChannelReader;
  readonly readerChannel: ServiceChannel;
  readonly reader: ChannelReader;
  /** The message that the reader takes it for, as far as that is known. */
  readonly counterpart: ContractMessage;
  /** Where the message is in the new version. */
  readonly path: Path;
  readonly isStrictOnly: boolean;
}

/** A part of a writer's records, and the message that the reader takes them for. */
interface Target {
  readonly message: ContractMessage;
  readonly also: readonly Linked[];
}

/** Returns the constants of a message that a channel distinguishes messages by. */
export function typesFor(
  message: ContractMessage,
  { apart }: ServiceChannel['contract'],
): readonly string[] | undefined {
  if (apart.by === 'field') return distinctValues([message.payload], apart.name)?.[0];
  if (apart.by === 'header') return distinctValues([message.headers], apart.name)?.[0];
  return undefined;
}

export const readPayload = (reader: ChannelReader, message: ContractMessage): Linked => linked(readSchema(reader.kind, message)); // prettier-ignore

/** Compares all payloads that may be sent with those that the reader accepts. */
export function comparePayloads(context: Context, sending: Sending): void {
  const { message, reader, writer, own, twin } = sending;
  if (writer.contract.format !== 'json' || sending.readerChannel.contract.format !== 'json') return;
  context.searched.messages += 1;
  const sentSchema = sentPayload(message);
  const validator = own.validatorOf(message);
  const headers = baseHeaders(own, message) ?? {};
  const others = unprovedTrial(sending, sentSchema);
  const open: Unproved[] = [...others];
  const refusals: Refusal[] = [];
  for (const { message: target, also } of targetsOf(sending)) {
    const isSame = textOf(sentSchema) === textOf(sentPayload(target)) && others.length === 0;
    const isOwn = (value: unknown) => {
      if (!isValid(sentSchema, value)) return false;
      // Compiling validators takes most of the time: what did not change needs none.
      if (!isSame && !validator.isValid(value)) return false;
      return [own, twin].every((one) => {
        const chosen = one.choose(value, headers);
        return chosen.kind === 'chosen' && isAlike(chosen.message, message);
      });
    };
    const reads = readPayload(reader, target);
    const decision = decide({
      writer: [sentSchema, ...also],
      reader: reads,
      isSent: isOwn,
      errorsOf: (value) => (isSame && isValid(reads, value) ? [] : errorsOf(sending, target, value, headers)),
      seed: context.seed,
      effort: isSame ? Math.ceil(context.effort / 3) : context.effort,
    });
    context.searched.records += decision.tried;
    refusals.push(...decision.refusals);
    open.push(...decision.open);
  }
  for (const refusal of refusals) reportRefusal(context, sending, refusal);
  const left = refusals.length > 0 ? open.filter(({ keyword }) => keyword !== 'trial') : open;
  if (left.length === 0 && refusals.length === 0) context.searched.proved += 1;
  for (const unproved of distinct(left)) reportOpen(context, sending, unproved);
}

const distinct = (list: readonly Unproved[]) => [...new Map(list.map((one) => [`${one.keyword} ${one.path.join('/')}`, one])).values()].slice(0, 10); // prettier-ignore

/** Messages with one payload cannot be distinguished, if only payloads distinguish them. */
const isAlike = (one: ContractMessage, other: ContractMessage) => one.component === other.component || one.payloadType === other.payloadType; // prettier-ignore

/** Splits what is sent by the messages that the reader takes it for. */
function targetsOf({ message, readerChannel, counterpart }: Sending): Target[] {
  const { apart, messages } = readerChannel.contract;
  const types = typesFor(message, readerChannel.contract);
  if (apart.by !== 'field' || types === undefined) return [{ message: counterpart, also: [] }];
  const targets = messages.flatMap((target): Target[] => {
    const values = types.filter((type) => target.types.includes(type));
    if (values.length === 0) return [];
    const isAll = values.length === types.length;
    return [{ message: target, also: isAll ? [] : [{ properties: { [apart.name]: { enum: values } } }] }];
  });
  const isUnknown = types.some((type) => messages.every((target) => !target.types.includes(type)));
  const unknown = { message: counterpart, also: [{ properties: { [apart.name]: { enum: types } } }] };
  return isUnknown ? [...targets.filter(({ message: target }) => target !== counterpart), unknown] : targets;
}

/** Returns what is not proved of a channel whose messages only their payloads distinguish: another message must not fit too. */
function unprovedTrial(
  { message, writer, readerChannel, reader, counterpart }: Sending,
  sentSchema: Linked,
): Unproved[] {
  const { apart, messages } = readerChannel.contract;
  const none: Unproved = { path: [], keyword: 'trial', field: [] };
  if (apart.by === 'field') {
    // A payload without a constant type may be any message.
    return typesFor(message, readerChannel.contract) === undefined ? [{ ...none, keyword: 'required' }] : [];
  }
  if (apart.by !== 'trial') return [];
  const texts = (list: readonly ContractMessage[]) =>
    list
      .map((one) => textOf(sentPayload(one)))
      .sort()
      .join();
  if (texts(messages) === texts(writer.contract.messages)) return [];
  const fits = messages.some((other) => {
    if (other.payloadType === counterpart.payloadType) return false;
    const both: Linked = { not: { allOf: [readPayload(reader, other)] } };
    return unprovedOf([sentSchema], both).length > 0;
  });
  return fits ? [none] : [];
}

/** Returns the errors that a reader finds in a payload. */
function errorsOf(
  { reader, readerChannel, counterpart }: Sending,
  target: ContractMessage,
  value: unknown,
  headers: Readonly<Record<string, Buffer>>,
): readonly ErrorObject[] {
  // prettier-ignore
  const chosen = reader.choose(value, headers);
  if (chosen.kind === 'chosen') {
    const errors = reader.validatorOf(chosen.message).errorsOf(value);
    if (errors.length > 0 || readerChannel.contract.apart.by !== 'trial') return errors;
    return chosen.message.payloadType === counterpart.payloadType ? [] : [errorAt('oneOf', [])];
  }
  const { apart } = readerChannel.contract;
  if (apart.by === 'field') {
    const isThere = isObject(value) && Object.hasOwn(value, apart.name);
    return [isThere ? errorAt('enum', [apart.name]) : { ...errorAt('required', []), params: { missingProperty: apart.name } }]; // prettier-ignore
  }
  if (apart.by === 'header') return [errorAt('enum', [])];
  const errors = reader.validatorOf(target).errorsOf(value);
  return errors.length > 0 ? errors : [errorAt(chosen.kind === 'skip' ? 'anyOf' : 'oneOf', [])];
}

function errorAt(keyword: string, field: readonly string[]): ErrorObject {
  const schemaPath = `#${field.map((name) => `/properties${pointerOf([name])}`).join('')}/${keyword}`;
  return { keyword, instancePath: pointerOf(field), schemaPath, params: {} };
}

function reportRefusal(context: Context, sending: Sending, refusal: Refusal): void {
  const { use, reader, readerChannel, own, writer, message, path, isStrictOnly } = sending;
  const record = recordOf(writer, own, message, { payload: refusal.value });
  const [sentBy, read] = [own.read(record), reader.read(record)];
  const isRefused = read.kind !== 'message' || (readerChannel.contract.apart.by === 'trial' && read.message.payloadType !== sending.counterpart.payloadType); // prettier-ignore
  const where = pointerOf(refusal.field) === '' ? 'the payload' : pointerOf(refusal.field);
  const isProved = sentBy.kind === 'message' && isRefused;
  report(context, {
    rule: ruleOfKeyword(refusal.keyword),
    verdict: isProved ? 'breaking' : 'look',
    location: { version: 'new', path: [...path, 'payload', ...refusal.path, refusal.keyword] },
    direction: use,
    why: `${sentences[use](message.component)}: the rule "${refusal.keyword}" of ${where} refuses it`,
    witness: isProved ? witnessOf(writer, record, outcomeOf(read)) : undefined,
    subject: { channel: readerChannel.contract.key, message: message.component, field: refusal.field },
    isStrictOnly,
  });
}

/** Begins a sentence about a record that is refused. */
export const sentences: Readonly<Record<Use, (message: string) => string>> = {
  receive: (message) => `Clients of the old version may send ${message} in a form that the service does not accept`,
  send: (message) => `The service may send ${message} in a form that readers of the old version do not accept`,
};

function reportOpen(context: Context, sending: Sending, { keyword, path, field }: Unproved): void {
  const where = field.length === 0 ? 'the payload' : pointerOf(field);
  report(context, {
    rule: ruleOfKeyword(keyword === 'trial' ? 'oneOf' : keyword),
    verdict: 'look',
    location: { version: 'new', path: [...sending.path, 'payload', ...path, keyword] },
    direction: sending.use,
    why: `It is neither proved that every ${sending.message.component} keeps the rule "${keyword}" of ${where}, nor is a record found that breaks it`,
    subject: { channel: sending.readerChannel.contract.key, message: sending.message.component, field },
    isStrictOnly: sending.isStrictOnly,
  });
}
