/** The command line: `asyncapi-kafka generate <document> --output <folder>`, and `asyncapi-kafka diff`. See HELP. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ContractError } from './contract-error.ts';
import { differences, writeFiles } from './files.ts';
import { packageNameIn } from './go/names.ts';
import type { Role } from './shape.ts';

const NAME = 'asyncapi-kafka';

const HELP = `Usage: ${NAME} generate <document> --output <dir> [options]
       ${NAME} diff <document> --against <document> [options]   (see: ${NAME} diff --help)

Writes code for Kafka from an AsyncAPI document: types, validators, and functions that decode and encode the records of each channel. The file .generated.json in the folder lists what was written: the next run removes the files of it that are no longer
generated. Other files in the folder stay as they are; if one has the name of a generated file and another content, nothing is
written.

  --output <dir>   the folder to write to; it need not exist
  --role <role>    service (default): code for the service that the document describes; client: code for those that use the service,
                   which sends what the service receives, and accepts fields and messages that are new to it
  --language <l>   typescript (default), or go: a module for clients, which needs --role client
  --name <name>    the name in the generated package.json, or the path of the Go module, whose last element is the name of the
                   package (default: made from the document's title)
  --strict         refuses what is otherwise only noted on standard error, such as an example that is not valid
  --check          writes nothing; exits with 1 and names each generated file that is stale, edited, missing or no longer wanted
  --help           show this

Example: ${NAME} generate asyncapi.yaml --output generated

Exit code: 0 when the files were written or are current, 1 for a faulty document (a line on standard error for each fault), a
conflicting file, or differences that --check found, 2 for a usage error.`;

const DIFF_HELP = `Usage: ${NAME} diff <document> --against <document> [options]
       ${NAME} diff --explain <rule>

Compares an AsyncAPI document with an older version of it: does the new service accept all that clients of the old version send,
and do they accept all that it sends? A change that breaks them is shown with a record that proves it.

  --against <file>   the older version
  --json             prints the result as JSON
  --markdown         prints a table for a pull request
  --github           prints annotations for a workflow of GitHub
  --consumers <dir>  declarations of teams, a file each: findings name those that break, and their fields
  --waivers <file>   findings that are agreed to: a list of { rule, pointer, reason, expires }. Each must be needed
  --strict           counts readers that accept neither new fields nor new messages
  --seed <number>    of the random records (default: 1)
  --explain <rule>   prints what a rule of the findings means, and what to do instead; compares nothing
  --help             show this

Examples: ${NAME} diff asyncapi.yaml --against released.yaml
          ${NAME} diff --explain field-required

Exit code: 0 when the change is allowed; 1 when info.version does not follow it: a breaking change, or one that needs a look, needs a
major version (below 1.0.0 a minor one), an addition a minor version (below 1.0.0 a patch), any other change a patch; also 1 when
info.version is missing or no semantic version and the documents differ, or when a waiver is expired, unused or ambiguous; 2 for a
usage error, or when a document, a file that it refers to, a declaration or a waiver cannot be read.`;

/** What the user typed is not a command line of this program. */
class UsageError extends Error {}

type Language = 'typescript' | 'go';

interface Request {
  readonly document: string;
  readonly output: string;
  readonly language: Language;
  readonly role: Role;
  readonly name: string | undefined;
  readonly strict: boolean;
  readonly check: boolean;
}

/**
 * Runs a command line and returns its exit code.
 *
 * @param args without the program's name.
 * @param again what to type to write the files; by default the same command line without --check.
 */
export async function main(args: readonly string[], again = withoutCheck(args)): Promise<number> {
  process.stdout.on('error', endWithReader);
  try {
    if (args[0] === 'diff') return await compare(args.slice(1));
    const request = requested(args);
    if (request !== undefined) return await generate(request, again);
    process.stdout.write(`${HELP}\n`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      const command = args[0] === 'diff' ? `${NAME} diff` : NAME;
      process.stderr.write(`${NAME}: ${error.message}. See: ${command} --help\n`);
      return 2;
    }
    const message = error instanceof Error ? error.message : String(error);
    // Each fault of a document is a line that starts with its name.
    process.stderr.write(error instanceof ContractError ? `${message}\n` : `${NAME}: ${message}\n`);
    return 1;
  }
}

/** Returns undefined if help is requested. @throws {UsageError} */
function requested(args: readonly string[]): Request | undefined {
  const { values, positionals } = parsed(args);
  if (values.help === true) return undefined;
  const [command, document, ...others] = positionals;
  if (command === undefined) throw new UsageError('Name a command: generate or diff');
  if (command !== 'generate') throw new UsageError(`Unknown command '${command}'`);
  if (document === undefined) throw new UsageError('Name an AsyncAPI document');
  if (others.length > 0) throw new UsageError(`Name one document only, without ${others.join(' ')}`);
  if (values.output === undefined || values.output === '') throw new UsageError('Name a folder: --output <dir>');
  const { language = 'typescript', name } = values;
  if (language !== 'typescript' && language !== 'go')
    throw new UsageError(`--language is typescript or go, not '${language}'`);
  const { role = 'service' } = values;
  if (role !== 'service' && role !== 'client') throw new UsageError(`--role is service or client, not '${role}'`);
  if (language === 'go') {
    if (role === 'service') throw new UsageError('Go is for clients only: add --role client');
    if (name !== undefined && packageNameIn(name) === undefined)
      throw new UsageError(`--name is the path of a module that ends with the name of a package, not '${name}'`);
  }
  return {
    document,
    output: values.output,
    language,
    role,
    name,
    strict: values.strict === true,
    check: values.check === true,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        check: { type: 'boolean' },
        output: { type: 'string' },
        role: { type: 'string' },
        language: { type: 'string' },
        name: { type: 'string' },
        strict: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw usageErrorOf(error);
  }
}

function usageErrorOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const [what = ''] = error.message.split('. ');
  return new UsageError(what.replace(/\.$/, ''));
}

async function compare(args: readonly string[]): Promise<number> {
  const { values, positionals } = comparison(args);
  if (values.help === true) {
    process.stdout.write(`${DIFF_HELP}\n`);
    return 0;
  }
  if (values.explain !== undefined) {
    if (positionals.length > 0 || Object.keys(values).length > 1)
      throw new UsageError('--explain takes a rule, and no document or other option');
    const { explained, unknownRule } = await import('./diff/rules/explain.ts');
    const explanation = explained(values.explain);
    if (explanation === undefined) throw new UsageError(unknownRule(values.explain));
    process.stdout.write(`${explanation}\n`);
    return 0;
  }
  const [document, ...others] = positionals;
  if (document === undefined) throw new UsageError('Name an AsyncAPI document');
  if (others.length > 0) throw new UsageError(`Name one document only, without ${others.join(' ')}`);
  if (values.against === undefined || values.against === '')
    throw new UsageError('Name the older version: --against <file>');
  const { consumers, waivers } = values;
  const form = formOf(values);
  const seed = seedOf(values.seed);
  // Loaded here: --help needs not wait for it.
  const { comparer, DiffError, fileSource, readService } = await import('./diff/command.ts');
  const { printed } = await import('./diff/print.ts');
  try {
    const before = readService(await fileSource(values.against));
    const after = readService(await fileSource(document));
    const compareWith = await comparer({ after, seed, isStrict: values.strict === true, waivers, consumers });
    const result = compareWith(before);
    process.stdout.write(`${printed(result, form, `${NAME} diff`)}\n`);
    return result.isAllowed ? 0 : 1;
  } catch (error) {
    if (!(error instanceof DiffError)) throw error;
    process.stderr.write(`${NAME}: ${error.message}\n`);
    return 2;
  }
}

function comparison(args: readonly string[]) {
  const flag = { type: 'boolean' } as const;
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { against: text, json: flag, markdown: flag, github: flag, consumers: text, waivers: text, strict: flag, seed: text, explain: text, help: { ...flag, short: 'h' } }, // prettier-ignore
    });
  } catch (error) {
    throw usageErrorOf(error);
  }
}

function formOf(values: {
  readonly json?: boolean | undefined;
  readonly markdown?: boolean | undefined;
  readonly github?: boolean | undefined;
}) {
  // prettier-ignore
  const forms = (['json', 'markdown', 'github'] as const).filter((form) => values[form] === true);
  if (forms.length > 1)
    throw new UsageError(`Name one form of output only, not ${forms.map((form) => `--${form}`).join(' and ')}`);
  return forms[0] ?? 'text';
}

function seedOf(text = '1'): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--seed is a number, not '${text}'`);
  return Number(text);
}

async function generate(
  { document, output, language, role, name, strict, check }: Request,
  again: string,
): Promise<number> {
  const source = relative(process.cwd(), document);
  const folder = relative(process.cwd(), output) || '.';
  const text = await readFile(document, 'utf8').catch(() => {
    throw new ContractError(source, ['cannot be read']);
  });
  const progress = setTimeout(() => process.stderr.write(`Generating ${folder} from ${source} ...\n`), 2000);
  try {
    // Loaded here: it takes a second, and --help needs not wait for it.
    const { files: wanted, notes } =
      language === 'go'
        ? await (await import('./go/render.ts')).renderGo(text, source, name)
        : await (await import('./render.ts')).renderContract(text, source, { role, packageName: name });
    for (const note of notes) process.stderr.write(`${note}\n`);
    if (strict && notes.length > 0) return 1;
    if (!check) {
      const changes = await writeFiles(output, wanted);
      process.stdout.write(`${folder}: ${String(wanted.size)} files, ${String(changes.length)} changed\n`);
      return 0;
    }
    const found = await differences(output, wanted);
    for (const { path, what } of found) process.stderr.write(`${folder}/${path} ${DIFFERENCES[what]}\n`);
    if (found.length > 0) process.stderr.write(`Run \`${again}\` and commit what it writes.\n`);
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

/** Returns a command line as a shell takes it. npm has the program in a folder that a shell does not search. */
function withoutCheck(args: readonly string[]): string {
  const words = args
    .filter((word) => word !== '--check')
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word)));
  return [...(process.env['npm_command'] === undefined ? [] : ['npx']), NAME, ...words].join(' ');
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Ends the process when the reader of its output has ended (`| head`). */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
