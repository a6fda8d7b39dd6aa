/** From the document's text to the files of the package. Nothing outside a temporary folder is written. */
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

/** The generated package: path within it, and content. Throws a ContractError for a document it cannot be made from. */
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
 * The generator compiles a template beside itself (`__transpiled`), so it works on a copy. The copy sees this project's
 * packages through a link.
 */
async function runTemplate(document: object, contract: object): Promise<Files> {
  const work = await mkdtemp(join(tmpdir(), 'contract-'));
  try {
    const template = join(work, 'template');
    const output = join(work, 'output');
    await cp(TEMPLATE, template, { recursive: true, filter: (path) => !path.endsWith('__transpiled') });
    await symlink(join(dirname(require.resolve('prettier/package.json')), '..'), join(work, 'node_modules'));
    await mkdir(output);
    const Generator = loadGenerator();
    const options = { forceWrite: true, install: false, templateParams: { contract } };
    await new Generator(template, output, options).generate(document);
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

/** The generator looks for a global npm while it loads, and fails without one. It needs npm only to install templates. */
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
