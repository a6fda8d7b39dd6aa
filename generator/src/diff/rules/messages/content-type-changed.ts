import { contentTypeOf, languageOf } from '../../records/side.ts';
import { BOTH } from '../rule.ts';
import type { FormRule } from '../rule.ts';
import { mayBeRefused } from '../sentences.ts';

export const contentTypeChanged: FormRule = {
  id: 'content-type-changed',
  kind: 'form',
  title: 'The payload has another content type',
  directions: BOTH,
  about: 'The bytes of the record have another meaning.',
  remedy: 'Keep the content type, and send the new one on a channel of its own.',
  check(sending) {
    const { writer, reader } = sending;
    const types = [contentTypeOf(writer), contentTypeOf(reader)] as const;
    const languages = [languageOf(writer).name, languageOf(reader).name] as const;
    const isOtherType = types[0] !== types[1];
    const isSame = isOtherType ? types.every(isJson) && languages[0] === languages[1] : languages[0] === languages[1];
    if (isSame) return [];
    const [sent, expected] = isOtherType ? types : languages;
    return [
      {
        verdict: 'breaking',
        path: [isOtherType ? 'contentType' : 'payload'],
        why: `${mayBeRefused(sending)}: it is ${sent}, and the reader expects ${expected}`,
        outcome: `is read as ${expected}`,
      },
    ];
  },
};

const isJson = (type: string) => /^(?:application|text)\/(?:[\w.+-]+\+)?json$/.test(type);
