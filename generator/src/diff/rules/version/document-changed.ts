import type { DocumentRule } from '../rule.ts';

export const documentChanged: DocumentRule = {
  id: 'document-changed',
  kind: 'document',
  title: 'The document changes otherwise',
  directions: ['receive', 'send'],
  about:
    'Words, examples, names of components and where they stand, or fewer values than before: no reader refuses anything, and nothing is new. It is found at the first difference, if no other rule finds anything.',
  remedy: 'Nothing to do.',
};
