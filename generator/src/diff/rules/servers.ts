import { BOTH } from './rule.ts';
import type { Rule } from './rule.ts';

/** Rules for brokers. */
export const SERVER_RULES: readonly Rule[] = [
  {
    id: 'server-removed',
    title: 'A server is removed',
    directions: BOTH,
    about: 'Clients connect to brokers that are not part of the contract any more.',
    remedy: 'Keep the server until the next major version.',
  },
  {
    id: 'server-added',
    title: 'A server is added',
    directions: BOTH,
    about: 'Nobody uses it yet, so nobody breaks.',
    remedy: 'Nothing to do.',
  },
  {
    id: 'server-changed',
    title: 'A server has another address or protocol',
    directions: BOTH,
    about: 'Clients connect to the old address. The defaults of its variables are part of it.',
    remedy: 'Keep the old address, and add a server.',
  },
  {
    id: 'server-variable-changed',
    title: 'A variable of a server changes',
    directions: BOTH,
    about: 'Clients use a value that is no longer allowed, or deployments set a variable (`x-env`) that nobody reads.',
    remedy: 'Keep the variable and its values.',
  },
  {
    id: 'security-changed',
    title: 'A server no longer accepts a security scheme',
    directions: BOTH,
    about: 'Clients log in by a method that is removed, or without any where one is required now.',
    remedy: 'Keep the old method until all clients use another one.',
  },
];

/** Rules for the version of the document itself. */
export const VERSION_RULES: readonly Rule[] = [
  {
    id: 'version-step',
    title: 'The version does not follow the changes',
    directions: BOTH,
    about:
      'Breaking changes need a major version, additions a minor one, any other change a patch. Below 1.0.0 a breaking change needs a minor version, and anything else a patch.',
    remedy: 'Set info.version as the sentence names it.',
  },
  {
    id: 'document-changed',
    title: 'Only words change',
    directions: BOTH,
    about: 'Titles, descriptions, examples, names of components and where they stand: no byte on the wire changes.',
    remedy: 'Nothing to do.',
  },
];
