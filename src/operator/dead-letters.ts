/** `npm run dead-letters`: shows records that could not be handled, and sends them back to their topics; see --help. */
import { brokerOf } from './broker.ts';
import { commandLine, requireTaken, runCommand, usageError } from './command-line.ts';
import { countText } from './count-text.ts';
import type { DeadLetterFilter } from './dead-letters/dead-letter.ts';
import { readDeadLetters } from './dead-letters/read.ts';
import { planReplay, printPlan, replay } from './dead-letters/replay.ts';
import { show } from './dead-letters/show.ts';
import { findAddresses } from './find-running.ts';

const HELP = `Usage: npm run dead-letters -- show [filter] [--limit N] [--json] | replay (--id ID ... | --all [filter]) [--dry-run]

The dead-letter topic has the records that the service could not handle, each with the reason, until retention deletes them (30
days by the contract). Replay a record when its fault has been corrected: a fault of the service, an item that could have been
several pets. A record that breaks the contract becomes a dead letter again, with another id.

  show     prints each dead letter once: reason and fault (once above all that share them), then DEAD_LETTER_ID, topic, partition
           and offset of the record, the time of the dead letter, and the value, shortened
  replay   sends records back to the topics they came from: same key, value, headers and time, and DEAD_LETTER_REPLAY_OF with the
           id of the dead letter instead of the other DEAD_LETTER_* headers; to the partition of the key (without a key: to its own
           partition), in the order of their offsets. Prints the new position of each

  --reason <code>   filter: with this DEAD_LETTER_REASON
  --topic <name>    filter: from this topic
  --since <time>    filter: dead letters of then or later, as in 2026-01-31 or 2026-01-31T09:00:00Z
  --id <id> ...     these dead letters, and no others
  --all             every dead letter, or every one that the filter selects, except those whose replay became a dead letter again
  --dry-run         prints what would be sent, and sends nothing
  --limit <n>       the newest n
  --json            a JSON object a line: { "id", "reason", "message", "topic", "partition", "offset", "timestamp", "group",
                    "attempts", "setAside", "replayOf", "setAsideAgainAs", "key", "value", "text", "headers" }. Key, value and
                    headers are base64; "text" is the value if it is text; headers are pairs in their order; "setAside" is the time
                    of the dead letter, "setAsideAgainAs" the id of the dead letter that its replay became
  --help            show this

A replay leaves the dead letter on its topic and does not mark it: a record that is replayed twice is applied twice. Only if the
replay became a dead letter again is that known: show prints it, and --all leaves the older one out. A replayed record comes after
everything sent since, so an old command may undo a newer one. It has its old time, by which retention deletes it: let the service
run while you replay.

Finds what a running npm start uses; elsewhere set KAFKA_BROKERS, and the topics' variables as the service has them.

Exit code: 0 when it was done, 1 when it was not, or not all of it, 2 for a usage error.`;

const COMMAND = 'npm run dead-letters';

const FILTER = ['reason', 'topic', 'since'];
const TAKES: Readonly<Record<string, readonly string[]>> = {
  show: [...FILTER, 'limit', 'json'],
  replay: [...FILTER, 'id', 'all', 'dry-run'],
};

async function main(): Promise<void> {
  const { values, positionals } = commandLine(COMMAND, HELP, {
    reason: { type: 'string' },
    topic: { type: 'string' },
    since: { type: 'string' },
    id: { type: 'string', multiple: true },
    all: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  });
  const [what = '', ...words] = positionals;
  const takes = new Map(Object.entries(TAKES)).get(what);
  if (takes === undefined) usageError(COMMAND, 'name first what to do: show or replay');
  // `--id A B` too.
  const ids = values.id && new Set([...values.id, ...words].map((id) => id.toLowerCase()));
  requireTaken(COMMAND, what, { values, words: ids === undefined ? words : [] }, takes);
  const filter = { reason: values.reason, topic: values.topic, since: timeOf(values.since) };
  if (what === 'show') await showDeadLetters(filter, limitOf(values.limit), values.json === true);
  else {
    if ((ids === undefined) === (values.all === undefined)) usageError(COMMAND, 'replay needs either --id or --all');
    const isFiltered = Object.values(filter).some((one) => one !== undefined);
    if (ids !== undefined && isFiltered)
      usageError(COMMAND, '--reason, --topic and --since go with --all, not with --id');
    await sendBack({ ...filter, ids }, values['dry-run'] === true);
  }
}

async function showDeadLetters(filter: DeadLetterFilter, limit: number, asJson: boolean): Promise<void> {
  show(await readDeadLetters(brokerOf(findAddresses('brokers').brokers), filter), limit, asJson);
}

async function sendBack(filter: DeadLetterFilter, isDryRun: boolean): Promise<void> {
  const broker = brokerOf(findAddresses('brokers').brokers);
  const { deadLetters: found, newerIds } = await readDeadLetters(broker, filter);
  // An id that is named is replayed, whatever became of an earlier replay.
  const deadLetters = filter.ids ? found : found.filter(({ id }) => !newerIds.has(id));
  if (deadLetters.length < found.length) {
    const count = countText(found.length - deadLetters.length, 'dead letter');
    console.log(`left out  ${count} whose replay became a dead letter again`);
  }
  const missing = [...(filter.ids ?? [])].filter((wantedId) => !deadLetters.some(({ id }) => id === wantedId));
  if (missing.length > 0) {
    throw new Error(`no dead letter has the id ${missing.join(', ')}: nothing was sent. ${COMMAND} -- show lists them`);
  }
  const planned = await planReplay(broker, deadLetters);
  if (isDryRun) printPlan(planned);
  else await replay(broker, planned);
}

/** Returns milliseconds since 1970. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) usageError(COMMAND, '--since takes a time as 2026-01-31 or 2026-01-31T09:00:00Z');
  return time;
}

function limitOf(text = ''): number {
  if (text === '') return Infinity;
  if (!/^[1-9]\d*$/.test(text)) usageError(COMMAND, '--limit takes a number from 1');
  return Number(text);
}

await runCommand(COMMAND, main);
