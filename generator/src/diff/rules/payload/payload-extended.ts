import { sentPayload } from '../../records/sent.ts';
import { unprovedOf } from '../../schema/includes.ts';
import { textOf } from '../../schema/linked.ts';
import type { MessageRule } from '../rule.ts';

export const payloadExtended: MessageRule = {
  id: 'payload-extended',
  kind: 'message',
  title: 'A payload may have more than before',
  directions: ['receive', 'send'],
  about: 'Fields or values are added in a way that no reader refuses.',
  remedy: 'Nothing to do.',
  check({ before, after }) {
    const [was, is] = [sentPayload(before), sentPayload(after)];
    if (textOf(was) === textOf(is) || unprovedOf([is], was).length === 0) return undefined;
    const why = `${after.component} may have fields or values that it did not have`;
    return { verdict: 'safe', path: ['payload'], why };
  },
};
