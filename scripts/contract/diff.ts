/** `npm run contract -- diff`: compares the contract with an older version of it. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { comparer, DiffError, fileSource, readService } from '../../generator/src/diff/command.ts';
import type { Source } from '../../generator/src/diff/command.ts';
import { complainingOf } from '../../generator/src/diff/gate.ts';
import { printed } from '../../generator/src/diff/print.ts';
import type { Form } from '../../generator/src/diff/print.ts';
import { CONSUMERS, DIFF, DOCUMENT, ifExists, WAIVERS } from './releases.ts';

export interface DiffOptions {
  readonly document: string | undefined;
  readonly against: string;
  readonly form: Form;
  readonly consumers: string | undefined;
  readonly waivers: string | undefined;
  readonly isStrict: boolean;
  readonly seed: number;
}

/** Compares, prints, and returns the exit code. @throws {DiffError} */
export async function diff(options: DiffOptions): Promise<number> {
  const { document = DOCUMENT, against, form, isStrict, seed } = options;
  const { consumers = ifExists(CONSUMERS), waivers = ifExists(WAIVERS) } = options;
  const before = readService(await sourceOf(against));
  const after = readService(await fileSource(document));
  const compareWith = await comparer({ after, seed, isStrict, waivers, consumers });
  // The project's waivers are for its releases: a comparison with something else need not use all of them.
  const mustUseAll = options.waivers !== undefined;
  const result = complainingOf(compareWith(before), ({ why }) => why !== 'unused' || mustUseAll);
  console.log(printed(result, form, DIFF));
  return result.isAllowed ? 0 : 1;
}

/** Returns a document from a file, else from a revision. @throws {DiffError} */
async function sourceOf(against: string): Promise<Source> {
  if (existsSync(against)) return fileSource(against);
  const readFile = (path: string) => {
    const name = `${against}:${path}`;
    const text = execFileSync('git', ['show', '--end-of-options', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 28 }); // prettier-ignore
    return { name, text };
  };
  try {
    return { ...readFile(DOCUMENT), readFile };
  } catch {
    throw new DiffError(`${against} is neither a file nor a revision of git that has ${DOCUMENT}`);
  }
}
