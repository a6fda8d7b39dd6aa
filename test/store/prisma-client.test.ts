/** The committed Prisma client is what `npx prisma generate` makes of prisma/schema.prisma. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { ROOT } from '../../src/operator/folders.ts';

const COMMITTED = join(ROOT, 'generated', 'prisma');
const OUTPUT = '../generated/prisma';

/** Returns the text of every file below a folder, by its path. */
function filesBelow(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return new Map(paths.map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]));
}

it('is current', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'prisma-client-'));
  try {
    const schema = readFileSync(join(ROOT, 'prisma', 'schema.prisma'), 'utf8');
    writeFileSync(join(folder, 'schema.prisma'), schema.replace(`"${OUTPUT}"`, '"./client"'));
    const prisma = join(ROOT, 'node_modules', '.bin', 'prisma');
    const options = { cwd: ROOT, env: { ...process.env, NODE_OPTIONS: '' } };
    await promisify(execFile)(prisma, ['generate', '--schema', join(folder, 'schema.prisma')], options);
    const generated = filesBelow(join(folder, 'client'));
    const text = generated.get('/internal/class.ts') ?? '';
    // It holds the schema, whose output is another one here.
    generated.set('/internal/class.ts', text.replace('\\"./client\\"', `\\"${OUTPUT}\\"`));
    expect([...generated]).toEqual([...filesBelow(COMMITTED)]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
