import type { VersionRule } from '../rule.ts';

export const documentChanged: VersionRule = {
  id: 'document-changed',
  kind: 'version',
  title: 'Only words change',
  directions: ['receive', 'send'],
  about: 'Titles, descriptions, examples, names of components and where they stand: no byte on the wire changes.',
  remedy: 'Nothing to do.',
};
