import { isDeepStrictEqual } from 'node:util';
import { UNREAD } from '../../../later-drafts.ts';
import { isOfLaterDraft } from '../../records/side.ts';
import type { SendingRule } from '../rule.ts';

export const keywordNotCompared: SendingRule = {
  id: 'keyword-not-compared',
  kind: 'sending',
  title: 'A keyword changes that is not compared',
  directions: ['receive', 'send'],
  about:
    'Schemas that name JSON Schema 2019-09 or 2020-12 have keywords that draft 7 cannot express: neither validators nor the gate read minContains and maxContains, unevaluatedItems and unevaluatedProperties, $dynamicRef and $recursiveRef.',
  remedy: 'Compare it by hand, and then waive this finding. Or write it with keywords of draft 7.',
  check({ before, after }) {
    if (!isOfLaterDraft(before) && !isOfLaterDraft(after)) return undefined;
    const [was, is] = [unreadIn(before.message.payload), unreadIn(after.message.payload)];
    const changed = [...new Set([...was.keys(), ...is.keys()])].filter(
      (path) => !isDeepStrictEqual(was.get(path), is.get(path)),
    );
    return changed.map((path) => ({
      verdict: 'look' as const,
      path: ['payload', ...path.split('/').slice(1)],
      why: `${after.message.component} has another ${path.split('/').at(-1) ?? ''}, which is not compared`,
    }));
  },
};

/** Returns the keywords that are not read, by their paths. */
function unreadIn(root: unknown): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const seen = new Set<unknown>();
  const visit = (value: unknown, path: string) => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    for (const [name, item] of Object.entries(value)) {
      if (UNREAD.includes(name)) found.set(`${path}/${name}`, item);
      else visit(item, `${path}/${name}`);
    }
  };
  visit(root, '');
  return found;
}
