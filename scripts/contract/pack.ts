/** `npm run contract:pack`: writes everything that is published of the contract. See --help. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { options, runCommand } from '../../src/operator/command-line.ts';
import { withProgress } from '../../src/operator/progress.ts';
import { readContract } from './document.ts';
import type { ContractDocument } from './document.ts';
import { goldenRecords } from './examples.ts';
import { packGo } from './go.ts';
import { packNpm } from './npm.ts';
import { writeTexts } from './texts.ts';

const COMMAND = 'npm run contract:pack';
const DEFAULT_OUTPUT = 'dist';

const HELP = `Usage: ${COMMAND} [-- --output <dir>]

Writes what other teams install, from asyncapi.yaml and the code in contract/, the same bytes each time:

  npm/                   the package @pet-service/contract, for TypeScript and JavaScript
  *.tgz                  the same, to be installed by npm
  petcontract/           the Go module, with an optional package for franz-go
  schemas/               a JSON Schema (2020-12) for each message
  examples/              each example of the contract, with the bytes of its key, headers and value
  asyncapi.yaml, .json   the contract
  contract.html          the contract as a page for people

  --output <dir>   the folder to write to (default: ${DEFAULT_OUTPUT}, which git ignores); what an earlier run has written there is replaced
  --help           show this

Exit code: 0 when the packages were written, 1 when one could not be made, 2 for a usage error.`;

/** The file that marks a folder as written by this command, and names what it has. */
const INDEX = 'contract.json';

await runCommand(COMMAND, async () => {
  const { output } = options(COMMAND, HELP, { output: { type: 'string', default: DEFAULT_OUTPUT } });
  const folder = resolve(output);
  await requireOwnFolder(folder);
  const contract = await readContract();
  const work = await mkdtemp(join(tmpdir(), 'contract-pack-'));
  try {
    const what = `packing contract ${contract.version}`;
    await withProgress((line) => console.error(line), what, write(contract, work));
    await rm(folder, { recursive: true, force: true });
    await cp(work, folder, { recursive: true });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  console.log(
    `contract ${contract.version} is packed in ${relative(process.cwd(), folder) || '.'}: ${(await readdir(folder)).sort().join(', ')}`,
  );
  return 0;
});

/** @throws {Error} if the folder has files of somebody else: it is replaced as a whole. */
async function requireOwnFolder(folder: string): Promise<void> {
  const found = await readdir(folder).catch((): string[] => []);
  const index = await readFile(join(folder, INDEX), 'utf8').catch(() => '');
  if (found.length > 0 && !index.includes(`"packedBy": "${COMMAND}"`))
    throw new Error(`${folder} has files that ${COMMAND} did not write. Move them away, or choose another folder.`);
}

async function write(contract: ContractDocument, folder: string): Promise<void> {
  const { page, schemas, examples, generated } = await packNpm(contract, folder);
  await packGo(join(folder, 'petcontract'), goldenRecords(generated));
  await writeTexts(folder, {
    'asyncapi.yaml': contract.yaml,
    'asyncapi.json': contract.json,
    'contract.html': page,
    ...schemas,
    ...examples,
  });
  const files = (await readdir(folder)).sort();
  await writeFile(
    join(folder, INDEX),
    `${JSON.stringify({ name: contract.title, version: contract.version, packedBy: COMMAND, files }, null, 2)}\n`,
  );
}
