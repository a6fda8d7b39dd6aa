/** Runs commands of the project as processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** How a command ended, and its output. */
export type ScriptEnd = Awaited<ReturnType<typeof runProgram>>;

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

/** Commands that run at the same time. More would slow down what other tests measure. */
const AT_ONCE = 3;

/** Does work that does not depend on each other, a few at once. @returns the results in the order of `works`. */
export async function fewAtOnce<Result>(works: readonly (() => Promise<Result>)[]): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = works.entries();
  const workThrough = async () => {
    for (const [index, work] of waiting) results[index] = await work();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, workThrough));
  return results;
}
