import type { VersionRule } from '../rule.ts';

export const versionStep: VersionRule = {
  id: 'version-step',
  kind: 'version',
  title: 'The version does not follow the changes',
  directions: ['receive', 'send'],
  about:
    'Breaking changes need a major version, additions a minor one, any other change a patch. Below 1.0.0 a breaking change needs a minor version, and anything else a patch.',
  remedy: 'Set info.version as the sentence names it.',
};
