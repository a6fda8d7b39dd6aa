import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Say } from './embedded.ts';
import { EMBEDDED } from '../../src/operator/folders.ts';
import { MAVEN_MISSING } from './java.ts';
import { identify, stillRuns, type ProcessIdentity } from '../../src/operator/process-identity.ts';
import { withProgress } from '../../src/operator/progress.ts';
import { runTool } from './tool.ts';

const POM = join(import.meta.dirname, 'pom.xml');
const UNFINISHED = 'kafka-jars.unfinished-';
const FETCHER = 'fetcher.json';

/**
 * The folder with Kafka's jars; fetched by Maven the first time. A folder that bears the final name is complete: it
 * is filled under another name and renamed. The name holds the pom's hash, so that a changed pom fetches anew.
 */
export async function fetchJars(say: Say, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 8);
  const folder = join(EMBEDDED, `kafka-jars-${hash}`);
  if (existsSync(folder)) return folder;
  mkdirSync(EMBEDDED, { recursive: true });
  clearUnfinished();

  const unfinished = mkdtempSync(join(EMBEDDED, UNFINISHED));
  writeFileSync(join(unfinished, FETCHER), JSON.stringify(identify(process.pid) ?? null));
  try {
    const goal = ['-B', '-q', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`];
    const fetching = runTool('mvn', [...goal, '-DincludeScope=runtime'], { signal });
    const run = await withProgress(say, "fetching Kafka's jars by Maven (45 MB, only the first time)", fetching);
    if (run === undefined) throw new Error(MAVEN_MISSING);
    if (run.code !== 0) {
      const end = run.output.trim().split('\n').slice(0, 8).join('\n');
      throw new Error(`Maven could not fetch the embedded Kafka broker's jars (named in ${POM}). It says:\n${end}`);
    }
    rmSync(join(unfinished, FETCHER));
    // Made for its owner alone; jars are no secret, and root's are of use to others.
    chmodSync(unfinished, 0o755);
    adopt(unfinished, folder);
    return folder;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function adopt(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Someone else fetched them at the same time, and was first: theirs are as good.
    if (!existsSync(folder)) throw error;
  }
}

/** Removes what a killed download left, and nothing that another process is filling right now. */
function clearUnfinished(): void {
  for (const name of readdirSync(EMBEDDED).filter((entry) => entry.startsWith(UNFINISHED))) {
    if (!isBeingFilled(join(EMBEDDED, name))) rmSync(join(EMBEDDED, name), { recursive: true, force: true });
  }
}

function isBeingFilled(folder: string): boolean {
  try {
    const fetcher = JSON.parse(readFileSync(join(folder, FETCHER), 'utf8')) as ProcessIdentity | null;
    return fetcher !== null && stillRuns(fetcher);
  } catch {
    return false;
  }
}
