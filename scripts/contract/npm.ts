/** Makes the npm package @pet-service/contract: generated code of both roles, the client in contract/npm/, and the contract. */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { renderContract } from '../../generator/src/render.ts';
import { ROOT } from '../../src/operator/folders.ts';
import { runTool } from '../embedded/tool.ts';
import { compileClient } from './compile.ts';
import type { ContractDocument } from './document.ts';
import { exampleFiles, loadGenerated } from './examples.ts';
import type { Generated } from './examples.ts';
import { schemasOf } from './schemas.ts';
import { writeTexts } from './texts.ts';

const NAME = '@pet-service/contract';
const SOURCE = 'asyncapi.yaml';

/** What is imported from the package: a module for each, `index` without a name. */
const ENTRIES = ['index', 'service/index', 'kafkajs', 'testing', 'examples'];

/** What the package has in addition to code, for other languages too. */
export interface Documents {
  readonly page: string;
  readonly schemas: Readonly<Record<string, string>>;
  readonly examples: Readonly<Record<string, string>>;
  /** The code that was generated for the service. */
  readonly generated: Generated;
}

/** Writes the package to `npm/` below the folder, and packs it there. Returns what is published in addition to it. */
export async function packNpm(contract: ContractDocument, folder: string): Promise<Documents> {
  const target = join(folder, 'npm');
  const client = await rendered(contract, 'client');
  const service = await rendered(contract, 'service');
  await writeTexts(target, {
    ...client.code,
    'package.json': await prettier.format(JSON.stringify(manifestOf(contract)), { parser: 'json-stringify' }),
  });
  await writeTexts(join(target, 'service'), service.code);
  await writeTexts(target, await compileClient(join(ROOT, 'contract/npm'), target));
  const schemas = schemasOf(contract);
  const generated = await loadGenerated(join(target, 'service'));
  const examples = exampleFiles(generated);
  await writeTexts(target, {
    ...Object.fromEntries(ENTRIES.flatMap(commonJs)),
    'document/asyncapi.yaml': contract.yaml,
    'document/asyncapi.json': contract.json,
    'document/contract.html': client.page,
    ...schemas,
  });
  await cp(join(ROOT, 'contract/npm/README.md'), join(target, 'README.md'));
  await cp(join(ROOT, 'contract/CHANGELOG.md'), join(target, 'CHANGELOG.md'));
  await cp(join(ROOT, 'LICENSE'), join(target, 'LICENSE'));
  const packed = await runTool('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, target], {
    cwd: folder,
  });
  if (packed?.code !== 0) throw new Error(`npm pack failed:\n${packed?.output ?? 'there is no npm'}`);
  return { page: client.page, schemas, examples, generated };
}

async function rendered({ yaml }: ContractDocument, role: 'client' | 'service') {
  const { files, notes } = await renderContract(yaml, SOURCE, { role, packageName: NAME });
  if (notes.length > 0) throw new Error(`the contract has faults:\n${notes.join('\n')}`);
  const { 'contract.html': page, 'package.json': _, ...code } = Object.fromEntries(files);
  if (page === undefined) throw new Error('the generator wrote no page');
  return { page, code };
}

/**
 * Returns the files for CommonJS: they load the ES module, so that there is one copy of its code and of its classes. Node does that
 * from versions 20.19 and 22.12 on.
 */
function commonJs(entry: string): [path: string, text: string][] {
  const module = `./${entry.split('/').at(-1) ?? ''}.js`;
  return [
    [`${entry}.cjs`, `module.exports = require('${module}');\n`],
    [`${entry}.d.cts`, `export * from '${module}';\n`],
  ];
}

function manifestOf({ version }: ContractDocument): object {
  const entries = ENTRIES.map((entry) => {
    const name = entry.replace(/\/?index$/, '');
    const conditions = {
      import: { types: `./${entry}.d.ts`, default: `./${entry}.js` },
      require: { types: `./${entry}.d.cts`, default: `./${entry}.cjs` },
    };
    return [name === '' ? '.' : `./${name}`, conditions] as const;
  });
  const files = ['messages/*.js', 'schemas/*', 'document/*', 'package.json'];
  return {
    name: NAME,
    version,
    description: 'Messages of the pet service: types, validators, codecs, a client for kafkajs, and fakes for tests.',
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    main: './index.cjs',
    types: './index.d.ts',
    exports: { ...Object.fromEntries(entries), ...Object.fromEntries(files.map((file) => [`./${file}`, `./${file}`])) },
    engines: { node: '^20.19.0 || >=22.12.0' },
    peerDependencies: { kafkajs: '^2.2.4' },
    peerDependenciesMeta: { kafkajs: { optional: true } },
  };
}
