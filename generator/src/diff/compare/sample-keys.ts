/** Makes keys of a message's records. */
import type { ContractMessage } from '../../shape.ts';
import { schemaOf } from '../../schemas.ts';
import { linked } from '../schema/linked.ts';
import { randomOf } from '../schema/random.ts';
import { samplesOf } from '../schema/samples.ts';
import { isObject } from '../schema/valid.ts';
import { keyOf } from '../service.ts';
import type { ServiceChannel } from '../service.ts';
import type { ChannelReader } from '../wire/reader.ts';
import { basePayload, encodedKey } from './records.ts';

/** Returns keys with the payloads that they belong to. Without a key in the contract a record may have any. */
export function sampleKeys(
  channel: ServiceChannel,
  reader: ChannelReader,
  message: ContractMessage,
): { readonly key: Buffer; readonly payload: unknown }[] {
  // prettier-ignore
  const key = keyOf(channel, message);
  const payload = basePayload(reader, message);
  const values: unknown[] = key === undefined ? [] : samplesOf([linked(schemaOf(key.schema, { isClosed: false }))], [], { random: randomOf(1), count: 40 }); // prettier-ignore
  if (key?.encoding === 'uint32le-padded') for (let id = 1; id <= 40; id += 1) values.push(id);
  if (key === undefined || key.encoding === 'text')
    for (let id = 1; id <= 40; id += 1) values.push(`key-${String(id)}`);
  const ofMessage = (value: unknown) => {
    if (key?.field === undefined || !isObject(payload)) return payload;
    return { ...payload, [key.field]: value };
  };
  return values
    .map((value) => ({ key: encodedKey(key?.encoding ?? 'text', value), payload: ofMessage(value) }))
    .filter((parts) => key?.field === undefined || reader.validatorOf(message).isValid(parts.payload));
}
