/** `npm run docs`: writes the parts of pages that come from the code and the contract. See --help. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { allVariables } from '../src/variables.ts';
import { registry } from '../src/metrics.ts';
import { grantStatements } from '../src/store/rights.ts';
import { options, runCommand } from '../src/operator/command-line.ts';
import { withExcerpts } from './docs/excerpts.ts';
import { code, table } from './docs/markdown.ts';
import { protocol } from './docs/protocol.ts';
import { ROOT } from '../src/operator/folders.ts';

const HELP = `Usage: npm run docs [-- --check]

Writes docs/configuration.md from the table of variables (src/variables.ts), docs/metrics.md from the table of metrics
(src/metrics.ts), docs/protocol.md from the contract (asyncapi.yaml) and the grants of docs/security.md from the table of
rights (src/store/rights.ts): the text between two marks. Cuts the excerpts of README.md and of all pages from their files.

  --check   write nothing; exit 1 and name each page that is stale
  --help    show this

Exit code: 0 when the pages are current or were written, 1 when --check found a stale one, 2 for a usage error.`;

const BEGIN = '<!-- written by npm run docs -->';
const END = '<!-- end -->';

const PAGES: Readonly<Record<string, () => Promise<string>>> = {
  'docs/configuration.md': () => Promise.resolve(variablesTable()),
  'docs/metrics.md': metricsTable,
  'docs/protocol.md': protocol,
  'docs/security.md': () => Promise.resolve(grants()),
};

function variablesTable(): string {
  const variables = Object.entries(allVariables());
  const rows = variables.map(([name, { default: value, rule, meaning }]) => {
    return [code(name), value === undefined ? '' : code(String(value)), rule, meaning];
  });
  const renamed = variables.flatMap(([name, { formerName }]) =>
    formerName === undefined ? [] : [`${code(formerName)} (now ${code(name)})`],
  );
  return [
    table(['variable', 'default', 'takes', 'meaning'], rows),
    `Former names are still read, with a warning in the log ([VARIABLE_RENAMED](errors.md#variable_renamed)): ${renamed.join(', ')}. A former name that contradicts the new one is an error.`,
  ].join('\n\n');
}

function grants(): string {
  return ['```sql', ...grantStatements('pet_service', 'pets'), '```'].join('\n');
}

async function metricsTable(): Promise<string> {
  const all = await registry.getMetricsAsJSON();
  const rows = all
    .filter(({ name }) => name.startsWith('pets_'))
    .map(({ name, type, help }) => [code(name), String(type), help]);
  return table(['metric', 'type', 'meaning'], rows);
}

/** Returns the page with its generated section up to date, if it has one. */
async function withTables(path: string, page: string): Promise<string> {
  const written = await PAGES[path]?.();
  if (written === undefined) return page;
  const [head, rest] = page.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined) throw new Error(`${path} does not have the marks ${BEGIN} and ${END}`);
  const config = await prettier.resolveConfig(join(ROOT, path));
  const formatted = await prettier.format(written, { ...config, parser: 'markdown' });
  return `${head}${BEGIN}\n\n${formatted}\n${END}${tail}`;
}

async function main(): Promise<number> {
  const values = options('npm run docs', HELP, { check: { type: 'boolean', default: false } });
  let stale = 0;
  const names = (await readdir(join(ROOT, 'docs'))).filter((name) => name.endsWith('.md'));
  for (const path of ['README.md', ...names.map((name) => `docs/${name}`)]) {
    const before = await readFile(join(ROOT, path), 'utf8');
    const after = await withExcerpts(await withTables(path, before));
    if (before === after) continue;
    stale += 1;
    if (values.check) console.error(`${path} is stale: run npm run docs and commit what it writes`);
    else {
      await writeFile(join(ROOT, path), after);
      console.log(`${path} written`);
    }
  }
  return values.check && stale > 0 ? 1 : 0;
}

await runCommand('npm run docs', main);
