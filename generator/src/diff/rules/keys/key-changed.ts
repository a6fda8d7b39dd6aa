import { schemaOf } from '../../../schemas.ts';
import { isExtended } from '../../records/extended.ts';
import { encodedKey } from '../../records/keys.ts';
import { basePayload, recordOf } from '../../records/record.ts';
import { sentKey, sentPayload } from '../../records/sent.ts';
import { mayBeAlike } from '../../records/side.ts';
import type { Side } from '../../records/side.ts';
import { linked } from '../../schema/linked.ts';
import type { Linked } from '../../schema/linked.ts';
import { isObject } from '../../../json-object.ts';
import type { KeyRule, RuleFinding } from '../rule.ts';
import { mayBeRefused } from '../sentences.ts';

export const keyChanged: KeyRule = {
  id: 'key-changed',
  kind: 'key',
  title: 'A key has a value that the reader does not accept',
  directions: ['receive', 'send'],
  about: 'The writer may send keys that the schema of the reader excludes.',
  remedy: 'Received: keep accepting the old keys. Sent: keep to the keys that readers know.',
  check(question) {
    const { use, writer, written, read, search } = question;
    if (written === undefined || read === undefined) return [];
    if (written.encoding !== read.encoding && !mayBeAlike(written, read)) return [];
    const sent = sentKey(written.schema);
    const accepted = schemaOf(read.schema, { isClosed: false, isBounded: false });
    const validator = search.validators.of(sent, 'key');
    const reader = search.validators.of(accepted, 'key');
    const { refusals, open } = search.decide({
      writer: [linked(sent), ...schemaOfField(writer, written.field)],
      reader: linked(accepted),
      isSent: (value) => validator.isValid(value),
      errorsOf: (value) => reader.errorsOf(value),
      effort: EFFORT,
    });
    const found = refusals.map(({ keyword, value }): RuleFinding => {
      const base = basePayload(writer);
      const payload = written.field === undefined || !isObject(base) ? base : { ...base, [written.field]: value };
      const outcome = `the key ${JSON.stringify(value)} breaks the rule "${keyword}"`;
      const record = recordOf(writer, { payload, key: value === null ? null : encodedKey(written.encoding, value) });
      return { verdict: 'breaking', why: `${mayBeRefused(question)}: ${outcome}`, outcome, record };
    });
    const [first] = open;
    if (found.length > 0) return found;
    const { component } = writer.message;
    if (first === undefined) {
      const [old, now] = (use === 'receive' ? [written, read] : [read, written]).map(({ schema }) =>
        linked(sentKey(schema)),
      );
      const isMore = old !== undefined && now !== undefined && isExtended(old, now);
      return isMore
        ? [{ verdict: 'safe', why: `The key of ${component} may have fields or values that it did not have` }]
        : [];
    }
    const why = `It is neither proved that every key of ${component} keeps the rule "${first.keyword}", nor is one found that breaks it`;
    return [{ verdict: 'look', why }];
  },
};

const EFFORT = 20;

/** A key that is made of a field has no other values than the field. */
function schemaOfField({ message }: Side, field: string | undefined): Linked[] {
  const payload = sentPayload(message);
  const fields = field !== undefined && isObject(payload) ? payload['properties'] : undefined;
  const schema = isObject(fields) && field !== undefined ? fields[field] : undefined;
  return schema === undefined ? [] : [schema as Linked];
}
