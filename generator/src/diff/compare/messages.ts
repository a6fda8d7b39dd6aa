/** Asks rules about the messages of a channel in one direction. */
import type { Found, Location } from '../findings.ts';
import { keyOf } from '../records/side.ts';
import type { Side } from '../records/side.ts';
import type { KeyChange, LoneMessage, MessageChange, Sending } from '../rules/questions.ts';
import type { Use } from '../service.ts';
import type { ReaderKind } from '../wire/reader.ts';
import { ask } from './ask.ts';
import type { ChannelPair, Comparison } from './comparison.ts';
import { compareHeaders } from './headers.ts';
import { matchedMessages } from './match-messages.ts';
import type { Match } from './match-messages.ts';
import { comparePayloads } from './payload.ts';
import { isProduced } from './produced.ts';

export function compareMessages(comparison: Comparison, pair: ChannelPair, use: Use): Found[] {
  const old = matchedMessages(comparison, 'old', pair, use);
  const now = matchedMessages(comparison, 'new', pair, use);
  // The first kind counts always.
  const kinds: ReaderKind[] = use === 'receive' ? ['service'] : ['client'];
  if (use === 'send' && comparison.hasStrictReaders) kinds.push('strict');
  const sent = use === 'receive' ? old : now;
  const sendings = sent.flatMap((match) => kinds.flatMap((kind) => sendingOf(comparison, pair, use, match, kind)));
  const lone = (version: Location['version'], matches: readonly Match[], kind: ReaderKind) =>
    matches.map((match) => loneMessage(comparison, pair, use, version, match, kind));
  return [
    ...sendings.flatMap((sending) => compareSending(comparison, sending)),
    ...ask('lone message', [
      ...lone('old', removed(comparison, pair, use, old, now), kinds[0] ?? 'service'),
      ...kinds.flatMap((kind) =>
        lone(
          'new',
          now.filter(({ isUsed }) => !isUsed),
          kind,
        ),
      ),
    ]),
    ...ask(
      'message',
      now.flatMap((match) => messageChange(pair, use, match)),
    ),
  ];
}

/** Returns the messages of the old version that the new one does not handle, or no longer sends. */
function removed(
  comparison: Comparison,
  { before }: ChannelPair,
  use: Use,
  old: readonly Match[],
  now: readonly Match[],
): readonly Match[] {
  if (use === 'receive') return old.filter(({ isUsed }) => !isUsed);
  const sent = now.map(({ message }) => message);
  // Several messages may be one now.
  const isSent = ({ message, other, isUsed }: Match) =>
    isUsed && now.some((one) => one.message === other && one.other === message);
  return old.filter(
    (match) => !isSent(match) && !isProduced(comparison.side('old', before, match.message, 'client'), sent),
  );
}

/** Returns a message that the reader of this kind has too. */
function sendingOf(
  comparison: Comparison,
  { before, after }: ChannelPair,
  use: Use,
  { message, other, isUsed }: Match,
  kind: ReaderKind,
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
    },
  ];
}

function compareSending(comparison: Comparison, sending: Sending): Found[] {
  if (sending.isStrictOnly) return [...comparePayloads(comparison, sending), ...compareHeaders(comparison, sending)];
  const forms = ask('form', [sending]);
  // What is written in another form is not compared.
  if (forms.some(({ rule }) => rule === 'content-type-changed')) return forms.slice(0, 1);
  return [
    ...forms,
    ...comparePayloads(comparison, sending),
    ...compareHeaders(comparison, sending),
    ...ask('key', keyChange(comparison, sending)),
    ...ask('sending', [sending]),
  ];
}

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
): LoneMessage {
  const [own, others] = version === 'old' ? [before, after] : [after, before];
  const writer: Side = comparison.side(version, own, message, 'strict');
  return {
    use,
    location: { version, path: message.path },
    subject: { channel: after.contract.key, message: message.component },
    writer,
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
