/** Renders the files of the package from the document's text. Writes only to a temporary folder. */
import { createRequire } from 'node:module';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import { contractOf } from './contract.ts';
import { loadDocument } from './document.ts';
import { checkExamples } from './examples.ts';
import { filesIn } from './files.ts';
import type { Files } from './files.ts';
import { modelsOf } from './models.ts';
import { validatorsCode } from './validators.ts';

const require = createRequire(import.meta.url);
const TEMPLATE = resolve(dirname(fileURLToPath(import.meta.url)), '../../templates/contract');

/** Returns the generated package: content by path. @throws {ContractError} if the document has faults. */
export async function renderContract(text: string, source: string): Promise<Files> {
  const document = await loadDocument(text, source);
  const contract = contractOf(document, source);
  checkExamples(contract, source);
  const channels = await Promise.all(
    contract.channels.map(async (channel) => ({
      ...channel,
      models: channel.opaque ? [] : await modelsOf(channel, source),
    })),
  );
  const parameters = { ...contract, channels, validators: validatorsCode(contract, source) };
  return formatted(await runTemplate(document.parsed, parameters));
}

/**
 * Runs the generator on a copy of the template, since it compiles a template in the same folder (`__transpiled`). A link gives the
 * copy this project's packages.
 */
async function runTemplate(document: object, contract: object): Promise<Files> {
  const work = await mkdtemp(join(tmpdir(), 'contract-'));
  try {
    const template = join(work, 'template');
    const output = join(work, 'output');
    await cp(TEMPLATE, template, { recursive: true, filter: (path) => !path.endsWith('__transpiled') });
    await symlink(join(dirname(require.resolve('prettier/package.json')), '..'), join(work, 'node_modules'));
    await mkdir(output);
    const AsyncApiGenerator = loadGenerator();
    const options = { forceWrite: true, install: false, templateParams: { contract } };
    await new AsyncApiGenerator(template, output, options).generate(document);
    return await filesIn(output);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

type GeneratorClass = new (
  template: string,
  output: string,
  options: object,
) => { generate: (document: object) => Promise<void> };

/** Loads the generator without npm. It searches for a global npm and fails without one, but needs npm only to install templates. */
function loadGenerator(): GeneratorClass {
  const fromGenerator = createRequire(require.resolve('@asyncapi/generator'));
  const requireg = fromGenerator('requireg') as { resolve: (name: string) => string };
  const find = requireg.resolve;
  requireg.resolve = (name) => (name === 'npm' ? 'index.js' : find(name));
  process.env['BROWSERSLIST_IGNORE_OLD_DATA'] ??= 'true';
  return require('@asyncapi/generator') as GeneratorClass;
}

async function formatted(files: Files): Promise<Files> {
  const config = JSON.parse(await readFile(resolve(TEMPLATE, '../../.prettierrc.json'), 'utf8')) as prettier.Options;
  const entries = [...files].map(async ([path, content]) => {
    return [path, await prettier.format(content, { ...config, filepath: path })] as const;
  });
  return new Map(await Promise.all(entries));
}
