import { formOf, languageOf } from '../../records/side.ts';
import type { FormRule } from '../rule.ts';
import { mayBeRefused } from '../sentences.ts';

export const contentTypeChanged: FormRule = {
  id: 'content-type-changed',
  kind: 'form',
  title: 'The payload has another content type',
  directions: ['receive', 'send'],
  about: 'The bytes of the record have another meaning.',
  remedy: 'Keep the content type, and send the new one on a channel of its own.',
  check(sending) {
    const { writer, reader } = sending;
    const forms = [formOf(writer), formOf(reader)] as const;
    const languages = [languageOf(writer).name, languageOf(reader).name] as const;
    const isOtherForm = forms[0] !== forms[1];
    if (!isOtherForm && languages[0] === languages[1]) return undefined;
    const [sent, expected] = isOtherForm ? forms : languages;
    return {
      verdict: 'breaking',
      path: [isOtherForm ? 'contentType' : 'payload'],
      why: `${mayBeRefused(sending)}: it is ${sent}, and the reader expects ${expected}`,
      outcome: `is read as ${expected}`,
    };
  },
};
