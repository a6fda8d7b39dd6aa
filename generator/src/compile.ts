/** Compiles generated TypeScript to JavaScript with declarations, in memory, and the templates to JavaScript. */
import ts from 'typescript';
import type { Files } from './files.ts';
import { NODE_TYPES } from './node-types.ts';

/** A folder that does not exist: nothing in it is read from the disk. */
const ROOT = '/generated-contract';

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: [],
  declaration: true,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  skipLibCheck: true,
  newLine: ts.NewLineKind.LineFeed,
};

/** Stands for an empty line: the compiler keeps comments, and drops empty lines. */
const EMPTY_LINE = '//#empty';

/** The generated code does not compile: the document is not at fault. */
export class CompileError extends Error {}

/** Returns the files with each .ts file as .js and .d.ts. @throws {CompileError} */
export function compiled(files: Files): Files {
  const sources = new Map(
    [...files].map(([path, content]) => [
      `${ROOT}/${path}`,
      path.endsWith('.ts') && !path.endsWith('.d.ts') ? marked(content) : content,
    ]),
  );
  sources.set(`${ROOT}/node.d.ts`, NODE_TYPES);
  const program = ts.createProgram(
    [...sources.keys()].filter((path) => path.endsWith('.ts')),
    OPTIONS,
    hostOf(sources),
  );
  const diagnostics = ts.getPreEmitDiagnostics(program);
  if (diagnostics.length > 0) throw new CompileError(diagnostics.slice(0, 10).map(sentenceOf).join('\n'));
  const output = new Map([...files].filter(([path]) => !path.endsWith('.ts') || path.endsWith('.d.ts')));
  program.emit(undefined, (path, text) => {
    const name = path.slice(ROOT.length + 1);
    const code = name.endsWith('.d.ts') ? spaced(text) : text.replaceAll(/^[ \t]*\/\/#empty$/gm, '');
    // The compiler drops it together with an import of types.
    const banner = /^\/\/ .*\n/.exec(files.get(name.replace(/\.(?:d\.ts|js)$/, '.ts')) ?? '')?.[0] ?? '';
    output.set(name, code.startsWith(banner) ? code : `${banner}\n${code}`);
  });
  return output;
}

function marked(code: string): string {
  return code.replaceAll(/\n(?=\n)/g, `\n${EMPTY_LINE}`);
}

function hostOf(sources: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  const isOurs = (path: string) => path.startsWith(`${ROOT}/`) || path === ROOT;
  return {
    ...host,
    getCurrentDirectory: () => ROOT,
    fileExists: (path) => (isOurs(path) ? sources.has(path) : host.fileExists(path)),
    readFile: (path) => (isOurs(path) ? sources.get(path) : host.readFile(path)),
    directoryExists: (path) =>
      isOurs(path)
        ? [...sources.keys()].some((one) => one.startsWith(`${path}/`))
        : (host.directoryExists?.(path) ?? true),
    getSourceFile(path, ...rest) {
      const text = isOurs(path) ? sources.get(path) : undefined;
      return text === undefined ? host.getSourceFile(path, ...rest) : ts.createSourceFile(path, text, rest[0]);
    },
  };
}

/** Puts an empty line before each declaration, with its comment. */
function spaced(declarations: string): string {
  return declarations
    .replaceAll(/(?<=[^\n])\n(?=\/\*\*|export |declare |type |interface )/g, '\n\n')
    .replaceAll(/(\*\/)\n\n(?=export |declare |type |interface )/g, '$1\n')
    .replaceAll(/^((?:import|export \*|export \{)[^\n]*)\n\n(?=import |export \*|export \{)/gm, '$1\n');
}

function sentenceOf(diagnostic: ts.Diagnostic): string {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
  if (diagnostic.file === undefined || diagnostic.start === undefined) return message;
  const { line } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);
  const text = diagnostic.file.text.split('\n')[line]?.trim() ?? '';
  return `${diagnostic.file.fileName.slice(ROOT.length + 1)}: ${message} (${text})`;
}

/** The folder of templates, and the one where the AsyncAPI generator expects them compiled. */
const TEMPLATE = /^template\/(?=.*\.js$)/;
const COMPILED_TEMPLATE = '__transpiled/';

/** Returns the templates and, for each, what Babel would make of its JSX for the AsyncAPI generator: Babel takes 0.6 s longer. */
export function compiledTemplates(templates: Files): Files {
  // The one of a folder of ES modules: compiled, they are none.
  const all = new Map([...templates].filter(([path]) => !path.endsWith('/package.json')));
  for (const [path, content] of templates) {
    if (path.endsWith('.js')) all.set(path.replace(TEMPLATE, COMPILED_TEMPLATE), compiledTemplate(content));
  }
  return all;
}

function compiledTemplate(code: string): string {
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    jsx: ts.JsxEmit.ReactJSX,
  };
  return ts.transpileModule(code, { compilerOptions, fileName: 'template.jsx' }).outputText;
}
