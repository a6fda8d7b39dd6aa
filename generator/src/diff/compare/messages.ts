/** Asks rules about the messages of a channel in one direction. */
import type { Found, Location } from '../findings.ts';
import { recordOf } from '../records/record.ts';
import { sentHeader, sentPayload } from '../records/sent.ts';
import { keyOf } from '../records/side.ts';
import type { Side } from '../records/side.ts';
import type { KeyChange, LoneMessage, MessageChange, Sending } from '../rules/questions.ts';
import type { Use } from '../service.ts';
import type { ReaderKind } from '../wire/reader.ts';
import { ask } from './ask.ts';
import { compareClosing, isClosing } from './closing.ts';
import type { ChannelPair, Comparison } from './comparison.ts';
import { compareHeaders } from './headers.ts';
import { matchedMessages } from './match-messages.ts';
import type { Match } from './match-messages.ts';
import { comparePayloads } from './payload.ts';
import { removedMessages } from './removed-messages.ts';

export function compareMessages(comparison: Comparison, pair: ChannelPair, use: Use): Found[] {
  const old = matchedMessages(comparison, 'old', pair, use);
  const now = matchedMessages(comparison, 'new', pair, use);
  // The first kind counts always.
  const kinds: ReaderKind[] = use === 'receive' ? ['service'] : ['client'];
  if (use === 'send' && comparison.hasStrictReaders) kinds.push('strict');
  const sent = use === 'receive' ? old : now;
  const read = use === 'receive' ? now : old;
  const sendings = sent.flatMap((match) =>
    kinds.flatMap((kind) => sendingOf(comparison, pair, use, match, kind, read)),
  );
  const added = now.filter(({ isUsed }) => !isUsed);
  return [
    ...sendings.flatMap((sending) => compareSending(comparison, sending)),
    ...ask('lone message', [
      ...removedMessages(comparison, pair, use, old, now).map(({ match, payload }) => loneMessage(comparison, pair, use, 'old', match, kinds[0] ?? 'service', payload)), // prettier-ignore
      ...kinds.flatMap((kind) => added.map((match) => loneMessage(comparison, pair, use, 'new', match, kind))),
    ]),
    ...ask(
      'message',
      now.flatMap((match) => messageChange(pair, use, match)),
    ),
  ];
}

/** Returns a message that the reader of this kind has too. */
function sendingOf(
  comparison: Comparison,
  { before, after }: ChannelPair,
  use: Use,
  { message, other, isUsed }: Match,
  kind: ReaderKind,
  read: readonly Match[],
): Sending[] {
  if (other === undefined || !isUsed) return [];
  const isReceived = use === 'receive';
  const [writing, reading] = isReceived ? (['old', 'new'] as const) : (['new', 'old'] as const);
  const [from, to] = isReceived ? [before, after] : [after, before];
  const writer = comparison.side(writing, from, message, 'strict');
  const reader = comparison.side(reading, to, other, kind);
  const sides = isReceived ? { before: writer, after: reader } : { before: reader, after: writer };
  return [
    {
      use,
      location: { version: 'new', path: sides.after.message.path },
      subject: { channel: to.contract.key, message: message.component },
      writer,
      reader,
      ...sides,
      twin: comparison.decoder(writing, from, kind),
      isStrictOnly: kind === 'strict',
      others: read.filter((one) => one.other === undefined || one.other === message).map((one) => one.message),
    },
  ];
}

function compareSending(comparison: Comparison, sending: Sending): Found[] {
  if (sending.isStrictOnly)
    return isUnchanged(sending)
      ? []
      : [...comparePayloads(comparison, sending), ...compareHeaders(comparison, sending)];
  const forms = ask('form', [sending]);
  // What is written in another form is not compared.
  if (forms.some(({ rule }) => rule === 'content-type-changed')) return forms.slice(0, 1);
  const payloads = comparePayloads(comparison, sending);
  const closing = payloads.some(isClosing) ? [] : compareClosing(comparison, sending);
  return [
    ...forms,
    ...payloads,
    // What is not proved of payloads is not proved of those with other fields either.
    ...closing.filter(({ verdict }) => verdict !== 'look' || payloads.length === 0),
    ...compareHeaders(comparison, sending),
    ...ask('key', keyChange(comparison, sending)),
    ...ask('sending', [sending]),
  ];
}

/** Whether nothing is new to readers that accept nothing new. */
const isUnchanged = ({ writer, reader }: Sending): boolean =>
  sentPayload(writer.message) === sentPayload(reader.message) &&
  sentHeader(writer.message) === sentHeader(reader.message);

function keyChange({ search }: Comparison, sending: Sending): KeyChange[] {
  const { use, location, subject, writer } = sending;
  const [written, read] = [keyOf(writer), keyOf(sending.reader)];
  if (written === undefined && read === undefined) return [];
  const [before, after] = use === 'receive' ? [written, read] : [read, written];
  const path = [...location.path, 'bindings', 'kafka', 'key'];
  return [{ use, location: { ...location, path }, subject, writer, written, read, before, after, search }];
}

function loneMessage(
  comparison: Comparison,
  { before, after }: ChannelPair,
  use: Use,
  version: Location['version'],
  { message, other }: Match,
  kind: ReaderKind,
  payload?: unknown,
): LoneMessage {
  const [own, others] = version === 'old' ? [before, after] : [after, before];
  const writer: Side = comparison.side(version, own, message, 'strict');
  return {
    use,
    location: { version, path: message.path },
    subject: { channel: after.contract.key, message: message.component },
    writer,
    record: recordOf(writer, payload === undefined ? {} : { payload }),
    version,
    isKnown: other !== undefined,
    isHandled: ({ component }) => others.uses[use]?.has(component) === true,
    reader: comparison.decoder(version === 'old' ? 'new' : 'old', others, kind),
    isStrictOnly: kind === 'strict',
  };
}

function messageChange({ after }: ChannelPair, use: Use, { message, other, isUsed }: Match): MessageChange[] {
  if (other === undefined || !isUsed) return [];
  const subject = { channel: after.contract.key, message: message.component };
  return [
    {
      use,
      location: { version: 'new', path: message.path },
      subject,
      writer: undefined,
      before: other,
      after: message,
    },
  ];
}
