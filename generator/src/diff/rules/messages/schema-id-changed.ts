import { kafkaBindingOf } from '../../records/side.ts';
import type { Sending } from '../questions.ts';
import type { RuleFinding, SendingRule } from '../rule.ts';

type Field = 'schemaIdLocation' | 'schemaIdPayloadEncoding' | 'schemaLookupStrategy';

export const schemaIdChanged: SendingRule = {
  id: 'schema-id-changed',
  kind: 'sending',
  title: 'The id of the schema, which a registry needs, is written or found otherwise',
  directions: ['receive', 'send'],
  about:
    'Its location (`schemaIdLocation`) and its encoding in the payload (`schemaIdPayloadEncoding`) decide the bytes of a record. A value that only one version states needs a look, since the default of a serializer is not known. So does `schemaLookupStrategy`: the registry may have the schema under another name. An encoding in the payload does not count if the id is in a header.',
  remedy: 'Keep location and encoding, and send the new ones on a channel of its own.',
  check(sending) {
    const { before, after } = sending;
    const location = change(sending, 'schemaIdLocation', true);
    const isInHeader = [before, after].every((side) => kafkaBindingOf(side).schemaIdLocation === 'header');
    // The encoding follows from the location.
    const encoding = location.length > 0 || isInHeader ? [] : change(sending, 'schemaIdPayloadEncoding', true);
    return [...location, ...encoding, ...change(sending, 'schemaLookupStrategy', false)];
  },
};

/** @param isInBytes whether records have other bytes with another value. */
function change({ writer, reader, before, after }: Sending, field: Field, isInBytes: boolean): RuleFinding[] {
  const stated = (side: Sending['writer']) => kafkaBindingOf(side)[field];
  const [was, is] = [stated(before), stated(after)];
  if (was === is) return [];
  const path = ['bindings', 'kafka', field];
  const why = `The ${field} of ${after.message.component} was ${was ?? 'not stated'} and is ${is ?? 'not stated'}`;
  const [sent, expected] = [stated(writer), stated(reader)];
  if (!isInBytes) return [{ verdict: 'look', path, why: `${why}; it is not known whether both sides find the schema` }];
  if (sent === undefined || expected === undefined)
    return [{ verdict: 'look', path, why: `${why}; it is not known whether records have other bytes` }];
  const outcome = `has the id of its schema by ${field} ${sent}; the reader expects ${expected}`;
  return [{ verdict: 'breaking', path, why, outcome }];
}
