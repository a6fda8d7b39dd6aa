/** What a reader takes the records of a writer for, and what it refuses in them. */
import type { ErrorObject } from 'ajv';
import type { ContractMessage } from '../../shape.ts';
import { baseHeaders } from '../records/record.ts';
import { sentPayload } from '../records/sent.ts';
import type { Sending } from '../rules/questions.ts';
import { identityOf } from '../schema/identity.ts';
import { linked } from '../schema/linked.ts';
import type { Linked } from '../schema/linked.ts';
import { isObject } from '../../json-object.ts';
import { exactSchemas } from '../wire/exact.ts';
import { pointerOf, readSchema } from '../wire/reader.ts';
import type { ChannelReader } from '../wire/reader.ts';
import type { WireHeaders } from '../wire/headers.ts';
import { isAmbiguous } from './ambiguous.ts';
import { typesFor } from './match-messages.ts';

/** A part of a writer's records, and the message that the reader takes them for. */
interface Target {
  readonly message: ContractMessage;
  readonly also: readonly Linked[];
  /** Whether the writer's records have no types that are known: each of the reader's messages is a target. */
  readonly isAny?: boolean;
}

/** A part of a writer's records, and what the reader must accept of it. */
interface Reading extends Target {
  readonly reads: Linked;
  /** Whether it has the schema that the reader has. */
  readonly isSame: boolean;
}

/** Splits what is sent by what the reader must accept. */
export function readingsOf(sending: Sending): Reading[] {
  const { writer, reader } = sending;
  const identity = identityOf(sentPayload(writer.message));
  return targetsOf(sending).flatMap((target): Reading[] => {
    const isSame = identity === identityOf(sentPayload(target.message));
    const reading = { ...target, isSame, reads: readPayload(reader.decoder, target.message) };
    const exact = isSame || reader.decoder.kind !== 'client' ? undefined : exactSchemas(target.message);
    if (exact === undefined) return [reading];
    return [reading, { ...reading, also: [...target.also, linked(exact.known)], reads: linked(exact.schema) }];
  });
}

/** Splits what is sent by the messages that the reader takes it for. */
function targetsOf({ writer, reader }: Sending): Target[] {
  const { apart, messages } = reader.channel.contract;
  if (apart.by !== 'field') return [{ message: reader.message, also: [] }];
  const { name } = apart;
  const isField = (rule: Linked): Linked => ({ properties: { [name]: rule } });
  const only = (values: readonly string[]) => isField({ enum: values });
  const types = typesFor(writer.message, reader.channel.contract);
  if (types === undefined) {
    // It may be any of them, or none. A client skips a type that it does not know.
    const known = messages.flatMap((message) => message.types);
    const others: Linked = { not: isClient(reader) ? { type: 'string' } : { enum: known } };
    const there: Linked = { required: [name] };
    return [
      { message: reader.message, also: [isField(false)], isAny: true },
      { message: reader.message, also: [there, isField(others)], isAny: true },
      ...messages.map((message) => ({ message, also: [there, only(message.types)], isAny: true })),
    ];
  }
  const targets = messages.flatMap((message): Target[] => {
    const values = types.filter((type) => message.types.includes(type));
    if (values.length === 0) return [];
    return [{ message, also: values.length === types.length ? [] : [only(values)] }];
  });
  const isUnknown = types.some((type) => messages.every((message) => !message.types.includes(type)));
  if (!isUnknown || isClient(reader)) return targets;
  const unknown = { message: reader.message, also: [only(types)] };
  return [...targets.filter(({ message }) => message !== reader.message), unknown];
}

const isClient = ({ decoder }: Sending['reader']) => decoder.kind === 'client';

/** Returns the schema that payloads of a message are read by. */
export const readPayload = (decoder: ChannelReader, message: ContractMessage): Linked =>
  linked(readSchema(decoder.kind, message));

/** Returns headers of a record, as far as readers need them to choose the message: only where headers distinguish messages. */
export function choosingHeaders({ writer, reader }: Sending): WireHeaders {
  const isApartByHeader = [writer, reader].some(({ channel }) => channel.contract.apart.by === 'header');
  return isApartByHeader ? baseHeaders(writer) : {};
}

/** Returns the errors that a reader finds in a payload. */
export function errorsIn(
  value: unknown,
  headers: WireHeaders,
  { use, reader, before, others }: Sending,
  target: ContractMessage,
): readonly ErrorObject[] {
  const { apart } = reader.channel.contract;
  const { decoder } = reader;
  const chosen = decoder.choose(value, headers);
  if (chosen.kind === 'chosen') {
    const errors = decoder.validatorOf(chosen.message).errorsOf(value);
    if (errors.length > 0 || apart.by !== 'trial') return errors;
    const isMeant = chosen.message.payloadType === reader.message.payloadType || others.includes(chosen.message);
    return isMeant ? [] : [errorAt('oneOf', [])];
  }
  if (chosen.kind === 'skip' && apart.by !== 'trial' && decoder.kind === 'client') return [];
  if (apart.by === 'field') {
    const isThere = isObject(value) && Object.hasOwn(value, apart.name);
    if (isThere) return [errorAt('enum', [apart.name])];
    return [{ ...errorAt('required', []), params: { missingProperty: apart.name } }];
  }
  if (apart.by === 'header') return [errorAt('enum', [])];
  const errors = decoder.validatorOf(target).errorsOf(value);
  if (errors.length > 0) return errors;
  // Old readers did not distinguish it before either.
  return use === 'send' && isAmbiguous(before) ? [] : [errorAt('oneOf', [])];
}

function errorAt(keyword: string, field: readonly string[]): ErrorObject {
  const schemaPath = `#${field.map((name) => `/properties${pointerOf([name])}`).join('')}/${keyword}`;
  return { keyword, instancePath: pointerOf(field), schemaPath, params: {} };
}
