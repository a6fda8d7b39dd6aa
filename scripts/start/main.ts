/** `npm start`: starts database, broker and service, and stops all of them together. */
import { once } from 'node:events';
import { ConfigError, readConfig } from '../../src/config.ts';
import { endAtOnce } from '../embedded/guard.ts';
import { bringUp } from './bring-up.ts';
import { stopProcesses, type StartedProcess } from './started-process.ts';
import { removeRunning, writeRunning, type RunningAddresses } from '../../src/operator/running-file.ts';

/** The reason of a stop that was requested. */
class StopRequested extends Error {}

/** npm repeats the Ctrl-C of the terminal: a signal that follows this soon is the same key press. */
const SAME_KEY_PRESS_MS = 800;

const begun = Date.now();
const say = (line: string) => {
  console.log(line);
};
const end = new AbortController();
const processes: StartedProcess[] = [];

process.exitCode = await main();

/** Returns the exit code: 0 if the stop was requested, 1 if something failed or ended by itself. */
async function main(): Promise<number> {
  listenForStop();
  let wrote = false;
  try {
    checkConfiguration();
    const running = await bringUp(process.env, add, say, end);
    writeRunning(running);
    wrote = true;
    say(block(running));
    if (!end.signal.aborted) await once(end.signal, 'abort');
  } catch (fault) {
    end.abort(fault);
  }
  const reason: unknown = end.signal.reason;
  const requested = reason instanceof StopRequested;
  if (wrote) removeRunning();
  if (requested) say(`stopping (${reason.message})`);
  else console.error(`\n${reason instanceof Error ? reason.message : String(reason)}`);
  if (!requested && processes.length > 0) console.error('stopping the rest');
  await stopProcesses(processes, say);
  return requested ? 0 : 1;
}

function add(started: StartedProcess): void {
  processes.push(started);
  void started.process.exited.then((why) => {
    end.abort(new Error(why));
  });
}

function listenForStop(): void {
  let first: number | undefined;
  const request = (cause: string) => {
    if (first !== undefined && Date.now() - first > SAME_KEY_PRESS_MS) {
      say('stopping at once');
      endAtOnce();
    }
    first ??= Date.now();
    end.abort(new StopRequested(cause));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, request);
}

/** Checks the configuration before broker and database start. The service would report its faults only afterwards. */
function checkConfiguration(): void {
  try {
    const given = { KAFKA_BROKERS: '127.0.0.1:9092', DATABASE_URL: 'postgresql://127.0.0.1/pets' };
    const { tls, login } = readConfig({ ...given, ...process.env }).kafkaSecurity;
    if (!process.env['KAFKA_BROKERS'] && (tls !== undefined || login !== undefined))
      throw new ConfigError(['KAFKA_BROKERS is missing: the embedded broker has neither TLS nor logins']);
  } catch (error) {
    throw error instanceof ConfigError ? new Error(error.message, { cause: error }) : error;
  }
}

function block({ brokers, databaseUrl, httpUrl }: RunningAddresses): string {
  const { host, pathname } = new URL(databaseUrl);
  const embedded = (variable: string) => (process.env[variable] ? `given by ${variable}` : 'embedded');
  return [
    '',
    `pet-service is ready (${((Date.now() - begun) / 1000).toFixed(1)} s)`,
    `  HTTP      ${httpUrl}/readyz`,
    `  Broker    ${brokers} (${embedded('KAFKA_BROKERS')})`,
    `  Database  ${host}${pathname} (${embedded('DATABASE_URL')}; its URL is in .embedded/running.json)`,
    '  Data      .embedded/ survives a restart; delete it to begin anew',
    '  Stop      Ctrl-C',
    '  Try       npm run demo',
    '',
  ].join('\n');
}
