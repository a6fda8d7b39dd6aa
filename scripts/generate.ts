/** `npm run generate`: writes generated/contract/ from asyncapi.yaml. See --help. */
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { options, runCommand } from '../src/operator/command-line.ts';
import { ContractError } from './generate/document.ts';
import { differences, writeFiles } from './generate/files.ts';

const HELP = `Usage: npm run generate [-- options]

Writes generated/contract/ from asyncapi.yaml, with templates/contract/. The file .generated.json in that folder lists what was
written: the next run removes the files of it that are no longer generated. Other files in the folder stay as they are; if one has
the name of a generated file and another content, nothing is written.

  --check          writes nothing; exits with 1 and names each generated file that is stale, edited, missing or no longer wanted
  --input <file>   another AsyncAPI document (default: asyncapi.yaml)
  --output <dir>   another folder (default: generated/contract)
  --help           show this

Exit code: 0 when the package was written or is current, 1 for a faulty document, a conflicting file, or
differences that --check found, 2 for a usage error.`;

const root = resolve(import.meta.dirname, '..');

async function main(): Promise<number> {
  const values = options('npm run generate', HELP, {
    check: { type: 'boolean', default: false },
    input: { type: 'string', default: resolve(root, 'asyncapi.yaml') },
    output: { type: 'string', default: resolve(root, 'generated/contract') },
  });
  const source = relative(process.cwd(), values.input);
  const folder = relative(process.cwd(), values.output);
  const text = await readFile(values.input, 'utf8').catch(() => {
    throw new ContractError(source, ['cannot be read']);
  });
  const progress = setTimeout(() => process.stderr.write(`Generating ${folder} from ${source} ...\n`), 2000);
  try {
    // Loaded here: it takes a second, and --help needs not wait for it.
    const { renderContract } = await import('./generate/render.ts');
    const wanted = await renderContract(text, source);
    if (!values.check) {
      const changes = await writeFiles(values.output, wanted);
      process.stdout.write(`${folder}: ${String(wanted.size)} files, ${String(changes.length)} changed\n`);
      return 0;
    }
    const found = await differences(values.output, wanted);
    for (const { path, what } of found) process.stderr.write(`${folder}/${path} ${DIFFERENCES[what]}\n`);
    if (found.length > 0) process.stderr.write('Run `npm run generate` and commit what it writes.\n');
    return found.length > 0 ? 1 : 0;
  } finally {
    clearTimeout(progress);
  }
}

const DIFFERENCES = {
  missing: 'is missing',
  extra: 'should not be there',
  differs: 'is stale or was edited',
} as const;

await runCommand('npm run generate', main);
