import { join, relative } from 'node:path';
import ts from 'typescript';
import { formatted } from '../../generator/src/render.ts';

/**
 * Compiles the client of contract/npm/ for the package that it becomes a part of.
 *
 * @param target the folder with the generated code of the package, which the client imports by the package's name.
 * @returns JavaScript and declarations, by path within the package.
 * @throws {Error} with the compiler's messages.
 */
export async function compileClient(source: string, target: string): Promise<Record<string, string>> {
  const host: ts.ParseConfigFileHost = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new Error(sentences([diagnostic]));
    },
  };
  const config = ts.getParsedCommandLineOfConfigFile(join(source, 'tsconfig.json'), {}, host);
  if (config === undefined) throw new Error(`${source} has no tsconfig.json`);
  const paths = {
    '@pet-service/contract': [join(target, 'index.d.ts')],
    '@pet-service/contract/service': [join(target, 'service/index.d.ts')],
    '@pet-service/contract/*': [join(target, '*')],
  };
  const compilerOptions: ts.CompilerOptions = {
    ...config.options,
    paths,
    noEmit: false,
    declaration: true,
    outDir: target,
    rootDir: source,
  };
  const program = ts.createProgram(config.fileNames, compilerOptions);
  const texts = new Map<string, string>();
  const { diagnostics } = program.emit(undefined, (path, text) => texts.set(relative(target, path), text));
  const faults = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (faults.length > 0) throw new Error(`contract/npm does not compile:\n${sentences(faults)}`);
  return Object.fromEntries(await formatted(texts));
}

function sentences(diagnostics: readonly ts.Diagnostic[]): string {
  return ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => process.cwd(),
    getNewLine: () => '\n',
  });
}
