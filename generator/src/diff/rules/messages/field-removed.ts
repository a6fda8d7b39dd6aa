import { removedFields } from '../../removed-fields.ts';
import { pointerOf } from '../../wire/reader.ts';
import type { MessageRule, RuleFinding } from '../rule.ts';

export const fieldRemoved: MessageRule = {
  id: 'field-removed',
  kind: 'message',
  title: 'An optional field or header is removed',
  directions: ['send'],
  about:
    'Readers accept records without it, so nobody breaks. A declared team that reads it never finds it any more: then this needs a look.',
  remedy: 'Keep it until no team reads it. If the teams agree, waive this finding.',
  check({ before, after }) {
    const removed = (what: 'payload' | 'headers') =>
      removedFields(before[what], after[what]).map(({ field, at }): RuleFinding => {
        const [name = ''] = field;
        return {
          verdict: 'safe',
          isLookOfReaders: true,
          location: { version: 'old', path: [...before.path, what, ...at] },
          why: `${after.component} no longer has the ${what === 'payload' ? `field ${pointerOf(field)}` : `header ${name}`}`,
          subject: what === 'payload' ? { field } : { header: name },
        };
      });
    return [...removed('payload'), ...removed('headers')];
  },
};
