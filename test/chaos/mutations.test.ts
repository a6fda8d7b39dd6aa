/** What npm run chaos:mutants breaks is still there to be broken. */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { MUTATIONS } from '../../scripts/chaos/mutations.ts';

it.each(MUTATIONS.map(({ name, edits }) => [name, edits] as const))('%s', (_name, edits) => {
  for (const { file, from } of edits) expect(readFileSync(file, 'utf8').split(from)).toHaveLength(2);
});
