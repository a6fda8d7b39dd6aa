/** Whether the new service still sends what readers know as a message of the old version. */
import type { ContractMessage } from '../../shape.ts';
import { baseHeaders } from '../records/record.ts';
import { sentPayload } from '../records/sent.ts';
import { linked } from '../schema/linked.ts';
import { randomOf } from '../schema/random.ts';
import { samplesOf } from '../schema/samples.ts';
import { isValid } from '../schema/valid.ts';
import type { Side } from '../records/side.ts';
import { readSchema } from '../wire/reader.ts';

const SAMPLES = 40;

/**
 * Whether one of the messages that are sent has records which readers take for a message of the old version.
 *
 * @param reader the message, as old clients read it.
 */
export function isProduced(reader: Side, sent: readonly ContractMessage[]): boolean {
  const { message, channel, decoder } = reader;
  if (channel.contract.format !== 'json') return false;
  const read = linked(readSchema(decoder.kind, message));
  const headers = baseHeaders(reader) ?? {};
  return sent.map(sentPayload).some((written) =>
    samplesOf([written, read], [], { random: randomOf(1), count: SAMPLES }).some((value) => {
      if (!isValid(written, value) || !isValid(read, value)) return false;
      const chosen = decoder.choose(value, headers);
      return chosen.kind === 'chosen' && chosen.message === message;
    }),
  );
}
