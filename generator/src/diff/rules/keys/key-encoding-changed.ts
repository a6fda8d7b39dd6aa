import { keyBytes } from '../../records/keys.ts';
import { basePayload, recordOf } from '../../records/record.ts';
import { mayBeAlike } from '../../records/side.ts';
import type { MessageKey } from '../../records/side.ts';
import { shown } from '../../records/witness.ts';
import type { KeyRule } from '../rule.ts';
import { mayBeRefused } from '../sentences.ts';

export const keyEncodingChanged: KeyRule = {
  id: 'key-encoding-changed',
  kind: 'key',
  title: 'A key has other bytes',
  directions: ['receive', 'send'],
  about:
    'The reader does not understand the key, and records of one key move to another partition. If keys may be texts or other values, and both versions allow one of these types, this needs a look: nobody knows how readers distinguish texts from other values.',
  remedy: 'Keep the encoding of the key.',
  check(question) {
    const { writer, written, read } = question;
    if (written === undefined || read === undefined || written.encoding === read.encoding) return undefined;
    if (mayBeAlike(written, read)) {
      const why = `The key of ${writer.message.component} may be a text or another value in one version; it is not known how readers distinguish texts from other values`;
      return { verdict: 'look', why };
    }
    const key = keyBytes(writer, basePayload(writer));
    if (key === null) return undefined;
    const outcome = `its key is read as ${named(read)}, not as ${named(written)}`;
    const why = `${mayBeRefused(question)}: the key ${shown(key)}: ${outcome}`;
    return { verdict: 'breaking', why, outcome, record: recordOf(writer, { key }) };
  },
};

const named = ({ encoding }: MessageKey) => (encoding === 'value' ? 'a value that is no text' : encoding);
