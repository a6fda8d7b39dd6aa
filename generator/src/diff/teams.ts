/** Reads what teams declare. Whether a version has what they name is no question here: they rely on the old one. */
import { DeclarationError, lineOf, readDeclarations } from '../consumers/declarations.ts';
import type { Team } from './readers.ts';

/** Returns the teams of a folder with declarations. @throws {DeclarationError} if one is not as consumer.schema.json describes it. */
export async function teamsIn(folder: string): Promise<Team[]> {
  const files = await readDeclarations(folder);
  const lines = files.flatMap((file) => file.faults.map((fault) => lineOf(file, fault)));
  if (lines.length > 0) throw new DeclarationError(lines);
  return files.flatMap(({ declaration }) => (declaration === undefined ? [] : [declaration]));
}
