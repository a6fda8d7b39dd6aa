import { join } from 'node:path';
import { runTool } from './tool.ts';

const MIN_VERSION = 17;
const HOW_TO_GET_IT =
  'Install it, for example with "apt-get install openjdk-17-jre-headless maven" (Debian, Ubuntu), ' +
  '"dnf install java-17-openjdk-headless maven" (Fedora) or "brew install openjdk@17 maven" (macOS). ' +
  'Or set KAFKA_BROKERS to a broker of your own: then neither Java nor Maven is needed.';

/** Returns the `java` of JAVA_HOME or of PATH. @throws an error that names how to install it, if there is none or it is too old. */
export async function findJava(signal?: AbortSignal): Promise<string> {
  const home = process.env['JAVA_HOME'];
  const java = home ? join(home, 'bin', 'java') : 'java';
  const run = await runTool(java, ['-version'], { signal });
  if (run === undefined) {
    const where = home ? `JAVA_HOME is ${home}, and there is no bin/java in it` : 'there is no "java" on PATH';
    throw new Error(
      `The embedded Kafka broker needs Java ${String(MIN_VERSION)} or later, but ${where}. ${HOW_TO_GET_IT}`,
    );
  }
  const version = /version "(?:1\.)?(\d+)/.exec(run.output)?.[1];
  if (run.code !== 0 || version === undefined || Number(version) < MIN_VERSION) {
    const found = run.output.trim().split('\n')[0] ?? '';
    throw new Error(
      `The embedded Kafka broker needs Java ${String(MIN_VERSION)} or later; "${java}" is: ${found}. ${HOW_TO_GET_IT}`,
    );
  }
  return java;
}

/** The error if Maven is missing. */
export const MAVEN_MISSING = `The embedded Kafka broker's jars are fetched by Maven, but there is no "mvn" on PATH. ${HOW_TO_GET_IT}`;
