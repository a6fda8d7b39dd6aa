/** Renders the files of the package from the document's text. */
import * as prettier from 'prettier';
import { CompileError, compiled, compiledTemplates } from './compile.ts';
import { contractOf } from './contract.ts';
import { ContractError } from './contract-error.ts';
import { loadDocument } from './document.ts';
import { exampleNote, wrongExamples } from './examples.ts';
import type { Files } from './files.ts';
import { propertiesOf } from './headers.ts';
import { kebabCase } from './identifiers.ts';
import { declarationOf } from './models.ts';
import { pageOf } from './page/page.ts';
import type { Contract, ContractChannel, ContractMessage, Role } from './shape.ts';
import { runTemplates, templates } from './templates.ts';
import type { Types } from './types.ts';
import { schemaOf } from './schemas.ts';
import { SchemaError, validatorsCode } from './validators.ts';

export interface RenderOptions {
  readonly role: Role;
  /** The name in the generated package.json. */
  readonly packageName?: string | undefined;
}

export interface Rendered {
  readonly files: Files;
  /** What a user should know though it is no fault, a line each. */
  readonly notes: readonly string[];
}

/** Returns the generated package: content by path. @throws {ContractError} if the document has faults. */
export async function renderContract(
  text: string,
  source: string,
  { role, packageName }: RenderOptions,
): Promise<Rendered> {
  const document = await loadDocument(text, source);
  const { contract: read, types, notes } = contractOf(document, source, role);
  const wrong = read.channels.flatMap(wrongExamples);
  const exampleNotes = wrong.map((example) => exampleNote(example, document.locate));
  const contract = withoutExamples(read, new Set(wrong.map(({ message, index }) => message.examples[index])));
  const channels = await Promise.all(contract.channels.map((channel) => withTypes(channel, contract, types)));
  const headerValidators = role === 'client' ? sentHeaders(contract) : [];
  const parameters = {
    ...contract,
    channels,
    page: await pageOf(document, contract),
    packageName: packageName ?? packageNameOf(contract),
    headerValidators: headerValidators.flatMap(({ headerSets }) => headerSets.map(({ typeName }) => typeName)),
    validators: validatorsOf(contract, headerValidators, { source, locate: document.locate }),
  };
  const rendered = await runTemplates(compiledTemplates(await templates()), document.parsed, parameters);
  return {
    files: await formatted(compiledOrThrow(rendered)),
    notes: [...notes, ...exampleNotes].map((note) => `${source}: ${note}`),
  };
}

/** npm wants small ASCII letters. */
function packageNameOf({ title, role }: Contract): string {
  const words = kebabCase(title).replaceAll(/[^a-z0-9-]+/g, '');
  return [words, role === 'service' ? 'contract' : 'client'].filter(Boolean).join('-').replace(/^-+/, '');
}

function compiledOrThrow(files: Files): Files {
  try {
    return compiled(files);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    throw new Error(
      `the generated code does not compile. This is a fault of asyncapi-kafka, not of the document:\n${error.message}`,
    );
  }
}

function withoutExamples(contract: Contract, wrong: ReadonlySet<unknown>): Contract {
  const kept = (message: ContractMessage) => ({
    ...message,
    examples: message.examples.filter((example) => !wrong.has(example)),
  });
  return {
    ...contract,
    channels: contract.channels.map((channel) => ({ ...channel, messages: channel.messages.map(kept) })),
  };
}

/** Returns a channel with the declarations of its types, and with those that it takes from other channels. */
async function withTypes(channel: ContractChannel, { channels }: Contract, types: Types) {
  const fileOf = new Map(channels.map(({ name, fileName }) => [name, fileName]));
  const own = types.of(channel.name);
  const names = new Set(own.map(({ name }) => name));
  const payloads = channel.format === 'json' ? channel.messages.map(({ payloadType }) => payloadType) : [];
  const reexports = [...new Set(payloads.filter((name) => !names.has(name)))];
  const foreign = new Set([...own.flatMap(({ uses }) => [...uses]), ...payloads].filter((name) => !names.has(name)));
  const byFile = Map.groupBy([...foreign], (name) => fileOf.get(types.get(name)?.home ?? '') ?? '');
  return {
    ...channel,
    models: await Promise.all(own.map(declarationOf)),
    reexports,
    foreignTypes: [...byFile].map(([fileName, list]) => ({ fileName, names: list })),
    messages: channel.messages.map((message) => ({
      ...message,
      homeFile: fileOf.get(message.home) ?? channel.fileName,
    })),
  };
}

const asObject = (schema: object | boolean) => (typeof schema === 'boolean' ? (schema ? {} : { not: {} }) : schema);

/** Returns the channels whose headers are checked when a message is encoded. */
function sentHeaders({ channels }: Contract): ContractChannel[] {
  return channels.filter(
    ({ format, headerSets }) => format === 'json' && headerSets.some(({ traits }) => traits.length > 0),
  );
}

function validatorsOf(
  { channels, role, traits }: Contract,
  headers: readonly ContractChannel[],
  { source, locate }: { readonly source: string; readonly locate: (path: ContractMessage['path']) => string },
): string {
  const schemas = new Map<string, object>();
  const paths = new Map<string, ContractMessage['path']>();
  const uses = channels.flatMap(({ format, messages, direction }) =>
    (format === 'json' ? messages : []).map((message) => ({ ...message, direction })),
  );
  for (const [payloadType, same] of Map.groupBy(uses, (use) => use.payloadType)) {
    const [{ payload, path } = { payload: {}, path: [] }] = same;
    const name = `validate${payloadType}`;
    // A type that one channel sends and another one receives: a reader must accept what is new.
    const isClosed = same.every((use) => use.isClosed);
    const isTolerant = role === 'client' && same.some(({ direction }) => direction !== 'send');
    schemas.set(name, asObject(schemaOf(payload, { isClosed, isTolerant })));
    paths.set(name, [...path, 'payload']);
    if (!isTolerant || !same.some(({ hasStrict }) => hasStrict)) continue;
    schemas.set(`${name}Strict`, asObject(schemaOf(payload, { isClosed: true })));
    paths.set(`${name}Strict`, [...path, 'payload']);
  }
  for (const { headerSets, messages } of headers) {
    for (const { typeName, traits: names } of headerSets) {
      const all = traits.filter((trait) => names.includes(trait.typeName)).flatMap((trait) => trait.headers);
      const own = messages.filter(({ headerSet }) => headerSet === typeName);
      const given = new Map(own.flatMap((message) => [...propertiesOf(message.headers)]));
      schemas.set(`validate${typeName}`, {
        type: 'object',
        required: all.filter(({ always }) => always).map(({ name }) => name),
        properties: Object.fromEntries(all.map(({ name }) => [name, schemaOf(given.get(name), { isClosed: false })])),
      });
    }
  }
  try {
    return validatorsCode(schemas);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new ContractError(source, [
      `${locate(paths.get(error.validator) ?? [])} is no valid schema: ${error.message}`,
    ]);
  }
}

/** Returns the files as the project's formatter writes them. */
export async function formatted(files: Files): Promise<Files> {
  const entries = [...files].map(async ([path, content]) => {
    // The page is for browsers, and formatting it takes as long as all code.
    if (path.endsWith('.html')) return [path, content] as const;
    return [path, await prettier.format(content, { printWidth: 120, singleQuote: true, filepath: path })] as const;
  });
  return new Map(await Promise.all(entries));
}
