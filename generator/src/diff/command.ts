/** What the command `diff` needs: reads documents, waivers and declarations, and compares. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { DeclarationError } from '../consumers/declarations.ts';
import { ContractError } from '../contract-error.ts';
import { gate } from './gate.ts';
import type { Result } from './gate.ts';
import { readDocument } from './load.ts';
import type { ReadFile } from './load.ts';
import type { Team } from './readers.ts';
import { SchemaError } from './schema/schema-error.ts';
import { serviceOf } from './service.ts';
import type { Service } from './service.ts';
import { teamsIn } from './teams.ts';
import { WaiverError, waiversIn } from './waivers.ts';

/** The text of a document, and how files that it refers to are read. */
export interface Source {
  /** For people: a path, or a revision and a path. */
  readonly name: string;
  readonly text: string;
  readonly readFile: ReadFile;
}

export interface CompareRequest {
  readonly after: Service;
  readonly seed: number;
  readonly isStrict: boolean;
  /** The file with waivers. */
  readonly waivers: string | undefined;
  /** The folder with the declarations of teams. */
  readonly consumers: string | undefined;
}

/** Something cannot be read: no comparison is possible. */
export class DiffError extends Error {}

/** Reads a document from a file. @throws {DiffError} */
export async function fileSource(path: string): Promise<Source> {
  const name = relative(process.cwd(), path) || path;
  const text = await readFile(path, 'utf8').catch(() => {
    throw new DiffError(`${name} cannot be read`);
  });
  const others = (other: string) => {
    const file = join(dirname(path), other);
    return { name: relative(process.cwd(), file), text: readFileSync(file, 'utf8') };
  };
  return { name, text, readFile: others };
}

/** Reads waivers and declarations, and returns a function that compares an older version. Both throw a {@link DiffError}. */
export async function comparer(request: CompareRequest): Promise<(before: Service) => Result> {
  const { after, seed, isStrict } = request;
  const waivers = request.waivers === undefined ? [] : waiversOf(request.waivers);
  const teams = request.consumers === undefined ? [] : await teamsOf(request.consumers);
  return (before) => {
    try {
      const onProgress = progressOf(before.file);
      return gate(before, after, { seed, isStrict, waivers, teams, onProgress });
    } catch (error) {
      if (error instanceof SchemaError)
        throw new DiffError(`the schema of ${error.subject} is no valid schema: ${error.message}`);
      throw error;
    }
  };
}

/** Prints a line after 2 s, then every 5 s. A quick comparison prints nothing. */
function progressOf(older: string): (messages: number) => void {
  const start = Date.now();
  let next = 2_000;
  return (messages) => {
    const passed = Date.now() - start;
    if (passed < next) return;
    next = passed + 5_000;
    process.stderr.write(`comparing with ${older} … ${String(messages)} messages, ${String(Math.round(passed / 1_000))} s\n`); // prettier-ignore
  };
}

/** Reads what a document describes. @throws {DiffError} */
export function readService({ name, text, readFile: other }: Source): Service {
  try {
    return serviceOf(readDocument(text, name, other), name);
  } catch (error) {
    if (error instanceof ContractError) throw new DiffError(error.message);
    // The documents are not validated here: that takes seconds.
    throw new DiffError(`${name}: is no valid document of AsyncAPI; "asyncapi-kafka generate" names its faults`);
  }
}

async function teamsOf(folder: string): Promise<Team[]> {
  try {
    return await teamsIn(folder);
  } catch (error) {
    if (error instanceof DeclarationError) throw new DiffError(error.message);
    throw error;
  }
}

function waiversOf(path: string) {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new DiffError(`${path} cannot be read`);
  }
  try {
    return waiversIn(text);
  } catch (error) {
    if (error instanceof WaiverError) throw new DiffError(`${path}: ${error.message}`);
    throw error;
  }
}
