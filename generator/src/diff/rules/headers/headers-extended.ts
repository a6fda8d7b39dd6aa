import { isExtended } from '../../records/extended.ts';
import { sentHeader } from '../../records/sent.ts';
import type { MessageRule } from '../rule.ts';

export const headersExtended: MessageRule = {
  id: 'headers-extended',
  kind: 'message',
  title: 'A message may have more headers, or more values in them',
  directions: ['receive', 'send'],
  about: 'Headers or values are added in a way that no reader refuses.',
  remedy: 'Nothing to do.',
  check({ before, after }) {
    if (!isExtended(sentHeader(before), sentHeader(after))) return undefined;
    const why = `${after.component} may have headers or values of headers that it did not have`;
    return { verdict: 'safe', path: ['headers'], why };
  },
};
