/** What readers take the records of other messages for. */
import { baseHeaders } from '../records/record.ts';
import { sentPayload } from '../records/sent.ts';
import type { Side } from '../records/side.ts';
import { linked } from '../schema/linked.ts';
import { randomOf } from '../schema/random.ts';
import { samplesOf } from '../schema/samples/samples.ts';
import { isValid } from '../schema/valid.ts';
import { readSchema } from '../wire/reader.ts';

const SAMPLES = 40;

/** Returns a payload that one side sends and the other one takes for its message; undefined if none is found. */
export function payloadTakenFor(reader: Side, writer: Side): unknown {
  if ([reader, writer].some(({ channel }) => channel.contract.format !== 'json')) return undefined;
  const [written, read] = [sentPayload(writer.message), linked(readSchema(reader.decoder.kind, reader.message))];
  const isTakenFor = ({ decoder, message }: Side, value: unknown) => {
    const chosen = decoder.choose(value, baseHeaders(writer));
    return chosen.kind === 'chosen' && chosen.message === message;
  };
  return samplesOf([written, read], [], { random: randomOf(1), count: SAMPLES }).find(
    (value) =>
      isValid(written, value) && isValid(read, value) && isTakenFor(reader, value) && isTakenFor(writer, value),
  );
}
