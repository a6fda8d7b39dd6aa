/** Reads the declarations of consumers: a file for each team, in the form that consumer.schema.json describes. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { ErrorObject } from 'ajv';
import { createAjv } from '../ajv.ts';
import { located } from '../pointer.ts';
import type { Path } from '../pointer.ts';
import { SourceFile } from '../source-file.ts';

/** What one team sends and reads, as its file has it. */
export interface Declaration {
  readonly team: string;
  readonly summary: string;
  readonly contact?: string;
  readonly reader?: 'tolerant' | 'strict' | undefined;
  readonly sends?: readonly DeclaredSend[];
  readonly reads?: readonly DeclaredRead[];
  readonly http?: readonly DeclaredRequest[];
}

export interface DeclaredSend {
  /** Undefined if the service skips it. */
  readonly message?: string;
  readonly channel?: string;
  readonly outcome?: 'handled' | 'skipped';
  readonly examples: readonly DeclaredExample[];
}

/** A record as the team sends it. */
export interface DeclaredExample {
  readonly summary: string;
  /** The state of the service before it, in words that the tests of the service know. */
  readonly given?: string;
  /** The key before it is encoded; null for none. Without it, the key is as the document describes it. */
  readonly key?: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly payload: unknown;
  /** The names of the messages that the service sends because of it, in their order. */
  readonly causes?: readonly string[];
}

export interface DeclaredRead {
  readonly message: string;
  readonly channel?: string;
  readonly fields?: readonly string[];
  readonly headers?: readonly string[];
}

export interface DeclaredRequest {
  readonly method: string;
  readonly path: string;
}

/** A file with a declaration. */
export interface DeclarationFile {
  readonly file: string;
  /** Undefined if the file has faults. */
  readonly declaration: Declaration | undefined;
  readonly faults: readonly DeclarationFault[];
  /** Returns line and JSON pointer of a location in the file, for a sentence. */
  locate(path: Path): string;
}

/** What is wrong at a location in a declaration, and what to do. */
export interface DeclarationFault {
  readonly path: Path;
  readonly sentence: string;
}

/** Returns the line for a fault of a declaration. */
export function lineOf({ file, locate }: DeclarationFile, { path, sentence }: DeclarationFault): string {
  return `${file}: ${locate(path)} ${sentence}`;
}

/** Faults of declarations, a line each, with file and line. */
export class DeclarationError extends Error {
  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'DeclarationError';
  }
}

const SCHEMA_FILE = new URL('../../consumer.schema.json', import.meta.url);

/** Reads all declarations of a folder, in the order of their names. @throws {DeclarationError} if there is none. */
export async function readDeclarations(folder: string): Promise<DeclarationFile[]> {
  const names = await readdir(folder).catch(() => {
    throw new DeclarationError([`${folder}: cannot be read`]);
  });
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  if (files.length === 0) throw new DeclarationError([`${folder}: has no declarations; add a file <team>.yaml`]);
  // Ajv's own schema takes long to compile, and this one is ours; to optimize its code takes longer than it saves.
  const options = { allErrors: true, verbose: true, validateSchema: false, code: { optimize: false } };
  const validate = createAjv(options).compile(JSON.parse(await readFile(SCHEMA_FILE, 'utf8')) as object);
  return Promise.all(
    files.map(async (name) => {
      const file = join(folder, name);
      const source = new SourceFile(file, await readFile(file, 'utf8'));
      const locate = (path: Path) => located(source, path);
      if (source.syntaxErrors.length > 0) {
        const faults = source.syntaxErrors.map((sentence) => ({ path: [], sentence: `is no YAML: ${sentence}` }));
        return { file, declaration: undefined, faults, locate };
      }
      const declaration = source.data as Declaration;
      if (!validate(declaration)) {
        return { file, declaration: undefined, faults: (validate.errors ?? []).flatMap(faultsOf), locate };
      }
      const expected = basename(name, extname(name));
      const sentence = `is ${declaration.team}, but the name of the file is ${name}; give both the same name`;
      const faults = declaration.team === expected ? [] : [{ path: ['team'], sentence }];
      return { file, declaration, faults, locate };
    }),
  );
}

/** Returns an error of the schema in words. */
function faultsOf({ instancePath, keyword, params, parentSchema, message = '' }: ErrorObject): DeclarationFault[] {
  const path = instancePath.split('/').slice(1).map(unescaped);
  const rule = params as Readonly<Record<string, unknown>>;
  switch (keyword) {
    case 'required':
      return [{ path, sentence: `has no '${String(rule['missingProperty'])}'; add it` }];
    case 'additionalProperties': {
      const known = Object.keys((parentSchema as { readonly properties?: object }).properties ?? {}).join(', ');
      const name = String(rule['additionalProperty']);
      return [{ path: [...path, name], sentence: `is not known here; use one of ${known}` }];
    }
    case 'enum':
      return [{ path, sentence: `must be one of ${(rule['allowedValues'] as readonly unknown[]).join(', ')}` }];
    case 'false schema':
      return [{ path, sentence: 'is not possible for skipped messages, which the document does not have; remove it' }];
    case 'if':
      return [];
    default:
      return [{ path, sentence: message }];
  }
}

function unescaped(segment: string): string | number {
  const text = segment.replaceAll('~1', '/').replaceAll('~0', '~');
  return /^\d+$/.test(text) ? Number(text) : text;
}
