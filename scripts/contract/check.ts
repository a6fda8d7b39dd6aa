/** `npm run contract -- check`: compares the contract with its releases. */
import { printedTogether } from '../../generator/src/diff/print.ts';
import { compareWithReleases, DIFF, RELEASED } from './releases.ts';

/** Compares, prints, and returns the exit code. @throws {DiffError | Error} */
export async function check(form: 'text' | 'github'): Promise<number> {
  const { compared } = await compareWithReleases();
  console.log(
    compared.length === 0 ? `${RELEASED} has no contract to compare with.` : printedTogether(compared, form, DIFF),
  );
  return compared.every(({ result }) => result.isAllowed) ? 0 : 1;
}
