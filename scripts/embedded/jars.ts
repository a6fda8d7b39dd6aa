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
 * Returns the folder with Kafka's jars; Maven fetches them the first time. A folder with the final name is complete: it is filled
 * under another name and renamed. The name has the hash of the pom, so that a changed pom is fetched again.
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
      throw new Error(`Maven could not fetch the embedded Kafka broker's jars (named in ${POM}). Its output:\n${end}`);
    }
    rmSync(join(unfinished, FETCHER));
    // mkdtemp makes a folder for its owner only. Jars are no secret, and other users can use those of root.
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
    // Another process has fetched them at the same time.
    if (!existsSync(folder)) throw error;
  }
}

/** Removes folders of killed downloads, except those that another process is filling now. */
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
