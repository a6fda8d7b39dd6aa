/** Compares the keys of a message's records in both versions. */
import { schemaOf } from '../../schemas.ts';
import type { Schema } from '../../document.ts';
import { decide } from '../schema/decide.ts';
import { linked } from '../schema/linked.ts';
import { isObject } from '../schema/valid.ts';
import { keyOf } from '../service.ts';
import type { MessageKey } from '../service.ts';
import { report } from './context.ts';
import type { Context } from './context.ts';
import { sentences } from './payload.ts';
import type { Sending } from './payload.ts';
import { basePayload, encodedKey, keyBytes, recordOf, sentPayload, shown, witnessOf } from './records.ts';
import { samplesOf } from '../schema/samples.ts';
import { randomOf } from '../schema/random.ts';

export function compareKeys(context: Context, sending: Sending): void {
  const { use, writer, message, readerChannel, counterpart } = sending;
  const written = keyOf(writer, message);
  const read = keyOf(readerChannel, counterpart);
  if (written === undefined && read === undefined) return;
  if (written === undefined) {
    // Readers of the old version relied on a key that the service no longer sends, or the service on one that clients do not.
    found(
      context,
      sending,
      use === 'receive' ? 'key-added' : 'key-removed',
      null,
      'has no key, and the reader expects one',
    );
    return;
  }
  if (read === undefined) {
    const rule = use === 'receive' ? 'key-removed' : 'key-added';
    report(context, {
      ...common(sending, rule),
      verdict: 'safe',
      why: `Readers of ${message.component} ignore its key`,
    });
    return;
  }
  if (written.encoding !== read.encoding) {
    const bytes = keyBytes(writer, message, basePayload(sending.own, message));
    const how = `its key is read as ${read.encoding}, not as ${written.encoding}`;
    found(context, sending, 'key-encoding-changed', bytes, how);
    return;
  }
  if (written.field !== read.field) compareFields(context, sending, written, read);
  compareSchemas(context, sending, written, read);
}

function compareFields(context: Context, sending: Sending, written: MessageKey, read: MessageKey): void {
  const { use, own, message } = sending;
  // The reader did not rely on any field.
  if (read.field === undefined) return;
  const expected = `its key is not made of ${read.field}`;
  const payload = payloadWithOtherKey(sending, written, read) ?? basePayload(own, message);
  const value =
    written.field === undefined ? otherKey(written.schema) : isObject(payload) ? payload[written.field] : undefined;
  report(context, {
    ...common(sending, 'key-field-changed'),
    verdict: 'breaking',
    why: `${sentences[use](message.component)}: ${expected}${written.field === undefined ? '' : ` but of ${written.field}`}`,
    witness: witnessOf(sending.writer, recordOf(sending.writer, own, message, { payload, key: encodedKey(written.encoding, value ?? 'another') }), expected), // prettier-ignore
  });
}

/** Returns a payload whose fields make different keys. */
function payloadWithOtherKey({ own, message }: Sending, written: MessageKey, read: MessageKey): unknown {
  const samples = samplesOf([sentPayload(message)], [], { random: randomOf(1), count: 60 });
  return samples.find((payload) => {
    if (!isObject(payload) || !own.validatorOf(message).isValid(payload)) return false;
    return written.field !== undefined && read.field !== undefined && payload[written.field] !== payload[read.field];
  });
}

function otherKey(schema: Schema): unknown {
  return samplesOf([linked(schemaOf(schema, { isClosed: false }))], [], { random: randomOf(1), count: 5 }).at(-1);
}

function compareSchemas(context: Context, sending: Sending, written: MessageKey, read: MessageKey): void {
  const { use, own, writer, message } = sending;
  const [sent, accepted] = [written, read].map(({ schema }) => schemaOf(schema, { isClosed: false }));
  if (sent === undefined || accepted === undefined) return;
  const payload = sentPayload(message);
  // A key that is made of a field has no other values than the field.
  const field = written.field !== undefined && isObject(payload) ? payload['properties'] : undefined;
  const ofField = isObject(field) && written.field !== undefined ? field[written.field] : undefined;
  const writerSchemas = [linked(sent), ...(ofField === undefined ? [] : [ofField as ReturnType<typeof linked>])];
  const validator = context.validators.of(sent, 'key');
  const reader = context.validators.of(accepted, 'key');
  const { refusals, open, tried } = decide({
    writer: writerSchemas,
    reader: linked(accepted),
    isSent: (value) => validator.isValid(value),
    errorsOf: (value) => reader.errorsOf(value),
    seed: context.seed,
    effort: 20,
  });
  context.searched.records += tried;
  for (const { keyword, value } of refusals) {
    const base = basePayload(own, message);
    const withKey = written.field === undefined || !isObject(base) ? base : { ...base, [written.field]: value };
    const key = encodedKey(written.encoding, value);
    const why = `the key ${JSON.stringify(value)} breaks the rule "${keyword}"`;
    report(context, {
      ...common(sending, 'key-changed'),
      verdict: 'breaking',
      why: `${sentences[use](message.component)}: ${why}`,
      witness: witnessOf(writer, recordOf(writer, own, message, { payload: withKey, key }), why),
    });
  }
  for (const { keyword } of refusals.length > 0 ? [] : open.slice(0, 1)) {
    report(context, {
      ...common(sending, 'key-changed'),
      verdict: 'look',
      why: `It is neither proved that every key of ${message.component} keeps the rule "${keyword}", nor is one found that breaks it`,
    });
  }
}

function found(context: Context, sending: Sending, rule: string, key: Buffer | null, outcome: string): void {
  const { use, own, writer, message } = sending;
  report(context, {
    ...common(sending, rule),
    verdict: 'breaking',
    why: `${sentences[use](message.component)}: ${key === null ? outcome.replace('has', 'it has') : `the key ${shown(key)}: ${outcome}`}`,
    witness: witnessOf(writer, recordOf(writer, own, message, { key }), outcome),
  });
}

function common({ use, message, readerChannel, path, isStrictOnly }: Sending, rule: string) {
  return {
    rule,
    direction: use,
    location: { version: 'new' as const, path: [...path, 'bindings', 'kafka', 'key'] },
    subject: { channel: readerChannel.contract.key, message: message.component },
    isStrictOnly,
  };
}
