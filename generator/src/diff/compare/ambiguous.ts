/** Records that fit several messages of a channel, where only payloads distinguish them. */
import type { ContractMessage } from '../../shape.ts';
import { sentHeader, sentKey, sentPayload } from '../records/sent.ts';
import { keyOf } from '../records/side.ts';
import type { Side } from '../records/side.ts';
import type { Sending } from '../rules/questions.ts';
import { isIncluded, unprovedOf } from '../schema/proof/includes.ts';
import type { Unproved } from '../schema/proof/prover.ts';
import { identityOf } from '../schema/identity.ts';
import { linked } from '../schema/linked.ts';
import type { Linked } from '../schema/linked.ts';
import { randomOf } from '../schema/random.ts';
import { samplesOf } from '../schema/samples/samples.ts';
import { isValid } from '../schema/valid.ts';
import { readSchema } from '../wire/reader.ts';

/** Returns what is not proved of the records of a writer: that they do not fit another message too. */
export function unprovedTrial({ writer, reader, before, others }: Sending): Unproved[] {
  const { apart, messages } = reader.channel.contract;
  if (apart.by !== 'trial' || textsOf(messages) === textsOf(writer.channel.contract.messages)) return [];
  const fits = messages.some((other) => {
    if (other.payloadType === reader.message.payloadType || others.includes(other)) return false;
    const both: Linked = { not: { allOf: [linked(readSchema(reader.decoder.kind, other))] } };
    return unprovedOf([sentPayload(writer.message)], both).length > 0;
  });
  return fits && !isAmbiguous(before) ? [{ path: [], keyword: 'trial', field: [] }] : [];
}

/**
 * Whether it is proved that the reader takes each record for one of several messages, which are new to it together. Their keys and
 * headers must be the same: only those of one message are compared.
 */
export function isSplit({ reader, others }: Sending, sent: readonly Linked[]): boolean {
  if (reader.channel.contract.apart.by !== 'trial' || others.length === 0) return false;
  const messages = [...new Set([reader.message, ...others])];
  const restOf = (message: ContractMessage) => {
    const { schema, encoding, field } = keyOf({ ...reader, message }) ?? {};
    return [schema && identityOf(linked(sentKey(schema))), encoding, field, identityOf(sentHeader(message))].join(' ');
  };
  if (new Set(messages.map(restOf)).size > 1) return false;
  return isIncluded(sent, linked({ oneOf: messages.map((message) => readSchema(reader.decoder.kind, message)) }));
}

/** Returns a text that is the same for the same payloads in any order. */
function textsOf(messages: readonly ContractMessage[]): string {
  const texts = messages.map((message) => identityOf(sentPayload(message)));
  return texts.sort().join();
}

const known = new WeakMap<ContractMessage, boolean>();
const SAMPLES = 40;

/** Whether records of a message fit another message of its own version, so that its readers never distinguished them. */
export function isAmbiguous({ message, channel }: Side): boolean {
  const found = known.get(message);
  if (found !== undefined) return found;
  const { apart, messages } = channel.contract;
  const others = messages.filter(({ payloadType }) => payloadType !== message.payloadType).map(sentPayload);
  const samples =
    apart.by === 'trial' ? samplesOf([sentPayload(message)], others, { random: randomOf(1), count: SAMPLES }) : [];
  const result = samples.some(
    (value) => isValid(sentPayload(message), value) && others.some((other) => isValid(other, value)),
  );
  known.set(message, result);
  return result;
}
