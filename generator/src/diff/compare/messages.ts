/** Compares the messages of a channel: first it finds each one in the other version, by what readers find it by. */
import type { ContractMessage } from '../../shape.ts';
import { unprovedOf } from '../schema/includes.ts';
import { textOf } from '../schema/linked.ts';
import { contentTypeOf, objectOf } from '../service.ts';
import type { Service, ServiceChannel, Use } from '../service.ts';
import type { ReaderKind } from '../wire/reader.ts';
import { readerOf, report } from './context.ts';
import type { ChannelPair, Context } from './context.ts';
import { areHeadersExtended, compareHeaders } from './headers.ts';
import { compareKeys } from './keys.ts';
import { comparePayloads, sentences, typesFor } from './payload.ts';
import type { Sending } from './payload.ts';
import { outcomeOf, recordOf, sentHeader, sentPayload, witnessOf } from './records.ts';

export function compareMessages(context: Context, pair: ChannelPair, use: Use): void {
  const { before, after } = pair;
  const [writer, reader] = use === 'receive' ? [before, after] : [after, before];
  const [writing, reading] = use === 'receive' ? [context.before, context.after] : [context.after, context.before];
  const used = (channel: ServiceChannel) => channel.contract.messages.filter(({ component }) => channel.uses[use]?.has(component) === true); // prettier-ignore
  const pairs = matchedMessages(writer, reader);
  const kinds: { readonly kind: ReaderKind; readonly isStrictOnly: boolean }[] = [
    { kind: use === 'receive' ? 'service' : 'client', isStrictOnly: false },
    ...(use === 'send' && context.hasStrictReaders ? [{ kind: 'strict' as const, isStrictOnly: true }] : []),
  ];
  for (const message of used(writer)) {
    const counterpart = pairs.get(message);
    const isHandled = counterpart !== undefined && reader.uses[use]?.has(counterpart.component) === true;
    for (const { kind, isStrictOnly } of kinds) {
      const own = readerOf(context, writing, writer, 'strict');
      const readerSide = readerOf(context, reading, reader, kind);
      const path = use === 'receive' ? (counterpart?.path ?? after.path) : message.path;
      const twin = readerOf(context, writing, writer, kind);
      const common = { use, writer, message, own, twin, readerChannel: reader, reader: readerSide, path, isStrictOnly };
      if (counterpart === undefined || !isHandled) {
        withoutCounterpart(
          context,
          { ...common, counterpart: counterpart ?? message },
          isStrictOnly,
          counterpart !== undefined,
        );
        continue;
      }
      const sending: Sending = { ...common, counterpart };
      if (!compareForms(context, sending, writing, reading)) continue;
      comparePayloads(context, sending);
      compareHeaders(context, sending);
      if (isStrictOnly) continue;
      compareKeys(context, sending);
      compareCorrelation(context, sending);
    }
  }
  // What the old version sent and the new one does not.
  if (use === 'send') {
    const back = matchedMessages(before, after);
    for (const message of used(before)) {
      const now = back.get(message);
      if (now !== undefined && after.uses.send?.has(now.component) === true) continue;
      removed(context, pair, message, 'send', 'is no longer sent, and readers wait for it');
    }
  }
  for (const message of used(after)) {
    const old = matchedMessages(after, before).get(message);
    if (old !== undefined && before.uses[use]?.has(old.component) === true) compareExtensions(context, use, old, message);
    else if (use === 'receive') report(context, { rule: 'message-added', verdict: 'safe', location: { version: 'new', path: message.path }, direction: use, why: `The service also receives ${message.component}`, subject: { channel: after.contract.key, message: message.component } }); // prettier-ignore
  }
}

/** Finds the message that a reader takes each message of a writer for. */
function matchedMessages(writer: ServiceChannel, reader: ServiceChannel): Map<ContractMessage, ContractMessage> {
  const found = new Map<ContractMessage, ContractMessage>();
  const others = reader.contract.messages;
  const { apart } = reader.contract;
  const [only] = others;
  for (const message of writer.contract.messages) {
    if (apart.by === 'field' || apart.by === 'header') {
      const types = typesFor(message, reader.contract);
      const match =
        types === undefined
          ? (others.find(({ component }) => component === message.component) ?? (writer.contract.messages.length === 1 ? only : undefined)) // prettier-ignore
          : others.find((other) => other.types.some((type) => types.includes(type)));
      if (match !== undefined) found.set(message, match);
    } else if (apart.by === 'nothing' && others.length === 1) {
      // Of several messages, one that the reader does not distinguish is the one that it was before.
      const rivals = writer.contract.messages;
      if (only !== undefined && (rivals.length === 1 || closest(only, rivals) === message)) found.set(message, only);
    } else {
      const match = closest(message, others);
      if (match !== undefined && closest(match, writer.contract.messages) === message) found.set(message, match);
    }
  }
  return found;
}

/** Returns the message with the same payload, else the one of the same name, else the only one. */
function closest(message: ContractMessage, others: readonly ContractMessage[]): ContractMessage | undefined {
  const text = textOf(sentPayload(message));
  const equal = others.filter((other) => textOf(sentPayload(other)) === text);
  return (
    equal.find(({ component }) => component === message.component) ??
    equal[0] ??
    others.find(({ component }) => component === message.component) ??
    (others.length === 1 ? others[0] : undefined)
  );
}

/** A message that the reader has no counterpart of. */
function withoutCounterpart(context: Context, sending: Sending, isStrictOnly: boolean, isKnown: boolean): void {
  const { use, writer, message, own, readerChannel, reader } = sending;
  if (use === 'receive') {
    const record = recordOf(writer, own, message);
    const read = reader.read(record);
    const outcome = isKnown || read.kind === 'message' ? 'is handled by no operation' : outcomeOf(read);
    removed(context, { before: writer, after: readerChannel }, message, 'receive', outcome);
    return;
  }
  const subject = { channel: writer.contract.key, message: message.component };
  const location = { version: 'new' as const, path: message.path };
  const record = recordOf(writer, own, message);
  const read = reader.read(record);
  if (read.kind === 'invalid' && own.read(record).kind === 'message') {
    report(context, {
      rule: 'message-added',
      verdict: 'breaking',
      location,
      direction: use,
      why: `${sentences.send(message.component)}: they do not know this message`,
      witness: witnessOf(writer, record, outcomeOf(read)),
      subject,
      isStrictOnly,
    });
    return;
  }
  if (isStrictOnly) return;
  report(context, { rule: 'message-added', verdict: 'safe', location, direction: use, why: `The service also sends ${message.component}`, subject }); // prettier-ignore
}

function removed(
  context: Context,
  { before, after }: ChannelPair,
  message: ContractMessage,
  use: Use,
  outcome: string,
): void {
  const reader = readerOf(context, context.before, before, 'strict');
  report(context, {
    rule: 'message-removed',
    verdict: 'breaking',
    location: { version: 'old', path: message.path },
    direction: use,
    why: use === 'receive' ? `Clients send ${message.component}, which the new version does not handle` : `Readers wait for ${message.component}, which the new version does not send`, // prettier-ignore
    witness: witnessOf(before, recordOf(before, reader, message), outcome),
    subject: { channel: after.contract.key, message: message.component },
  });
}

/** Compares content types and schemas in other languages. @returns whether the payloads can be compared. */
function compareForms(context: Context, sending: Sending, writing: Service, reading: Service): boolean {
  const { use, writer, message, own, readerChannel, counterpart, path, isStrictOnly } = sending;
  if (isStrictOnly) return true;
  const [from, to] = [contentTypeOf(writing, writer, message), contentTypeOf(reading, readerChannel, counterpart)];
  const subject = { channel: readerChannel.contract.key, message: message.component };
  const isJson = (type: string) => /^(?:application|text)\/(?:[\w.+-]+\+)?json$/.test(type);
  const languages = [objectOf(writer, message), objectOf(readerChannel, counterpart)].map(({ payload }) =>
    languageOf(payload),
  );
  const [wrote, reads] = languages;
  if ((from !== to && !(isJson(from) && isJson(to))) || wrote?.name !== reads?.name) {
    const [what, whatElse] = from !== to ? [from, to] : [wrote?.name ?? '', reads?.name ?? ''];
    report(context, {
      rule: 'content-type-changed',
      verdict: 'breaking',
      location: { version: 'new', path: [...path, from !== to ? 'contentType' : 'payload'] },
      direction: use,
      why: `${sentences[use](message.component)}: it is ${what}, and the reader expects ${whatElse}`,
      witness: witnessOf(writer, recordOf(writer, own, message), `is read as ${whatElse}`),
      subject,
    });
    return false;
  }
  if (wrote?.text !== undefined && wrote.text !== reads?.text) {
    report(context, { rule: 'schema-language-changed', verdict: 'look', location: { version: 'new', path: [...path, 'payload'] }, direction: use, why: `The schema of ${message.component} is in ${wrote.name}, and is not compared`, subject }); // prettier-ignore
    return false;
  }
  return true;
}

/** Returns the language of a schema, and the text of one in another language. */
function languageOf(payload: ReturnType<typeof objectOf>['payload']): {
  readonly name: string;
  readonly text?: string;
} {
  const language = payload?.schemaFormat;
  if (language === undefined || /aai\.asyncapi|application\/schema/.test(language)) return { name: 'JSON Schema' };
  return { name: language.split(';')[0] ?? language, text: JSON.stringify(payload?.schema) };
}

function compareCorrelation(context: Context, sending: Sending): void {
  const { use, writer, own, message, counterpart, readerChannel, path } = sending;
  const [from, to] = [message.correlationId, counterpart.correlationId];
  if (from === to) return;
  const [was, is] = use === 'receive' ? [from, to] : [to, from];
  const subject = { channel: readerChannel.contract.key, message: message.component };
  const location = { version: 'new' as const, path: [...path, 'correlationId'] };
  if (was === undefined) {
    report(context, { rule: 'correlation-added', verdict: 'safe', location, direction: use, why: `${message.component} gets a correlation id at ${is ?? ''}`, subject }); // prettier-ignore
    return;
  }
  report(context, {
    rule: 'correlation-changed',
    verdict: 'breaking',
    location,
    direction: use,
    why: `The correlation id of ${message.component} was at ${was} and is at ${is ?? 'no location'}`,
    witness: witnessOf(writer, recordOf(writer, own, message), `has its correlation id at ${from ?? 'no location'}; the reader expects it at ${to ?? 'no location'}`), // prettier-ignore
    subject,
  });
}

/** Reports what may be sent now and could not before: it asks for a minor version. */
function compareExtensions(context: Context, use: Use, old: ContractMessage, now: ContractMessage): void {
  const [before, after] = [sentPayload(old), sentPayload(now)];
  const subject = { message: now.component };
  const isMore = textOf(before) !== textOf(after) && unprovedOf([after], before).length > 0;
  if (isMore)
    report(context, { rule: 'payload-extended', verdict: 'safe', location: { version: 'new', path: [...now.path, 'payload'] }, direction: use, why: `${now.component} may have fields or values that it did not have`, subject }); // prettier-ignore
  if (areHeadersExtended(sentHeader(old), sentHeader(now)))
    report(context, { rule: 'headers-extended', verdict: 'safe', location: { version: 'new', path: [...now.path, 'headers'] }, direction: use, why: `${now.component} may have headers or values of headers that it did not have`, subject }); // prettier-ignore
}
