/** Makes what the published package has and the repository has not: JavaScript, since Node does not strip types below node_modules. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const folder = import.meta.dirname;
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
rmSync(join(folder, 'dist'), { recursive: true, force: true });
execFileSync(process.execPath, [tsc, '--project', folder], { stdio: 'inherit' });
copyFileSync(join(folder, '../docs/generator.md'), join(folder, 'README.md'));
copyFileSync(join(folder, '../LICENSE'), join(folder, 'LICENSE'));
