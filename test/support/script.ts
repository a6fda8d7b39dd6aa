/** Runs commands of the project as processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Runs `src/operator/<name>.ts` until it ends. */
export function runScript(name: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
  return runProgram(`src/operator/${name}.ts`, args, environment);
}

/** Runs a program of the project until it ends. */
export async function runProgram(path: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [path, ...args], {
    env: { ...environment, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { status: child.exitCode, stdout, stderr };
}
