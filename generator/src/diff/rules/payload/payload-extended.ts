import { isExtended } from '../../records/extended.ts';
import { sentPayload } from '../../records/sent.ts';
import type { MessageRule } from '../rule.ts';

export const payloadExtended: MessageRule = {
  id: 'payload-extended',
  kind: 'message',
  title: 'A payload may have more than before',
  directions: ['receive', 'send'],
  about: 'Fields or values are added in a way that no reader refuses.',
  remedy: 'Nothing to do.',
  check({ before, after }) {
    if (!isExtended(sentPayload(before), sentPayload(after))) return undefined;
    const why = `${after.component} may have fields or values that it did not have`;
    return { verdict: 'safe', path: ['payload'], why };
  },
};
