/** Finds out whether there is more than before. */
import { unprovedOf } from '../schema/proof/includes.ts';
import { identityOf } from '../schema/identity.ts';
import type { Linked } from '../schema/linked.ts';
import { randomOf } from '../schema/random.ts';
import { samplesOf } from '../schema/samples/samples.ts';
import { isValid } from '../schema/valid.ts';

const COUNT = 60;
const MAX_CANDIDATES = 5_000;

/** Whether a value is found that a schema accepts and an older one does not. */
export function isExtended(before: Linked, after: Linked): boolean {
  if (identityOf(before) === identityOf(after)) return false;
  const budget = { candidates: MAX_CANDIDATES };
  return unprovedOf([after], before).some(({ field }) =>
    samplesOf([after], [before], { random: randomOf(1), count: COUNT, focus: field, budget }).some(
      (value) => !isValid(before, value),
    ),
  );
}
