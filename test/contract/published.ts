/** Projects of other teams, outside of the repository, that have installed the packed contract. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runTool } from '../../scripts/embedded/tool.ts';
import { TOOL_ENV } from '../../scripts/test/checks.ts';
import { ROOT } from '../../src/operator/folders.ts';

export interface Strangers {
  /** What `npm run contract:pack` has written. */
  readonly packed: string;
  /** Creates a project with the files of a folder of test/contract/published/, and installs the contract there. */
  project(name: string): Promise<string>;
  remove(): Promise<void>;
}

/** Packs the contract into a new folder. */
export async function packContract(): Promise<Strangers> {
  const folder = await mkdtemp(join(tmpdir(), 'strangers-'));
  const packed = join(folder, 'packed');
  await succeed(process.execPath, ['scripts/run.mjs', 'contract:pack', '--output', packed], ROOT);
  const archive = (await readdir(packed)).find((name) => name.endsWith('.tgz')) ?? '';
  return {
    packed,
    async project(name) {
      const project = await mkdtemp(join(folder, `${name}-`));
      await cp(join(ROOT, 'test/contract/published', name), project, { recursive: true });
      await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
      await succeed('npm', ['install', '--offline', '--no-audit', '--no-fund', join(packed, archive)], project);
      // Not from the registry: the same versions that the repository has.
      for (const name of ['kafkajs', '@types/node', 'undici-types']) {
        const link = join(project, 'node_modules', name);
        await mkdir(dirname(link), { recursive: true });
        await symlink(join(ROOT, 'node_modules', name), link);
      }
      return project;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Runs a program to its end and returns its output. @throws {Error} with the output if it fails. */
export async function succeed(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const run = await runTool(command, [...args], { cwd, env: { ...TOOL_ENV, ...env } });
  if (run?.code !== 0)
    throw new Error(`${command} ${args.join(' ')} failed:\n${run?.output ?? 'there is no such program'}`);
  return run.output;
}

/** Returns the blocks of code of a page, in order. */
export async function codeBlocks(path: string, language: string): Promise<string[]> {
  const page = await readFile(path, 'utf8');
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, code = '']) => code);
}
