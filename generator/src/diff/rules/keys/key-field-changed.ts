import { encodedKey, keySamples } from '../../records/keys.ts';
import { basePayload, recordOf } from '../../records/record.ts';
import { sentPayload } from '../../records/sent.ts';
import type { Side } from '../../records/side.ts';
import { randomOf } from '../../schema/random.ts';
import { samplesOf } from '../../schema/samples/samples.ts';
import { isObject } from '../../../json-object.ts';
import type { KeyRule } from '../rule.ts';
import { mayBeRefused } from '../sentences.ts';

export const keyFieldChanged: KeyRule = {
  id: 'key-field-changed',
  kind: 'key',
  title: 'The key is made of another field',
  directions: ['receive', 'send'],
  about: 'Records that had one key have several, or the reverse: they move to other partitions and lose their order.',
  remedy: 'Keep the field of the key.',
  check(question) {
    const { writer, written, read } = question;
    if (written === undefined || written.encoding !== read?.encoding || written.field === read.field) return undefined;
    // The reader did not rely on any field.
    if (read.field === undefined) return undefined;
    const outcome = `its key is not made of ${read.field}`;
    const payload = payloadWithTwoKeys(writer, written.field, read.field) ?? basePayload(writer);
    const field = written.field !== undefined && isObject(payload) ? payload[written.field] : undefined;
    const value = written.field === undefined ? keySamples(written.schema, 5).at(-1) : field;
    const key = encodedKey(written.encoding, value ?? 'another');
    const butOf = written.field === undefined ? '' : ` but of ${written.field}`;
    const why = `${mayBeRefused(question)}: ${outcome}${butOf}`;
    return { verdict: 'breaking', why, outcome, record: recordOf(writer, { payload, key }) };
  },
};

/** Returns a payload whose fields make different keys. */
function payloadWithTwoKeys({ decoder, message }: Side, field: string | undefined, other: string): unknown {
  if (field === undefined) return undefined;
  const samples = samplesOf([sentPayload(message)], [], { random: randomOf(1), count: 60 });
  const validator = decoder.validatorOf(message);
  return samples.find(
    (payload) => isObject(payload) && validator.isValid(payload) && payload[field] !== payload[other],
  );
}
