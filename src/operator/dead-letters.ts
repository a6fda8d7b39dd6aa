/** `npm run dead-letters`: what could not be handled, and how it is sent back to its topic; see --help. */
import { brokerOf } from './broker.ts';
import { commandLine, requireTaken, runCommand, usageError } from './command-line.ts';
import type { Wanted } from './dead-letters/dead-letter.ts';
import { readLetters } from './dead-letters/read.ts';
import { planReplay, printPlan, replay } from './dead-letters/replay.ts';
import { many, show } from './dead-letters/show.ts';
import { findParts } from './find-running.ts';

const HELP = `Usage: npm run dead-letters -- show [choice] [--limit N] [--json] | replay (--id ID ... | --all [choice]) [--dry-run]

Records that the service could not handle lie on the dead-letter topic, each with the reason, until retention deletes them (30
days by the contract). Sending one back makes sense once what was wrong is mended: a fault of the service, an item that could
have been several pets. One that breaks the contract becomes a dead letter again, of another id.

  show     each letter once: reason and what was wrong (once above letters that share them), then DEAD_LETTER_ID, place, when it
           was set aside, and its value, shortened
  replay   sends letters back to the topics they came from: same key, value, headers and time, and DEAD_LETTER_REPLAY_OF with
           the letter's id in the place of the other DEAD_LETTER_* headers; to the partition of its key (without a key: to the
           one it was in), in the order of their offsets. Prints where each went

  --reason <code>   choice: of this DEAD_LETTER_REASON
  --topic <name>    choice: that came from this topic
  --since <time>    choice: set aside then or later, as in 2026-01-31 or 2026-01-31T09:00:00Z
  --id <id> ...     these letters, and no others
  --all             every letter, or every one of the choice, but those that became others when sent back before
  --dry-run         prints what would be sent, and sends nothing
  --limit <n>       the newest n
  --json            a JSON object a line: { "id", "reason", "message", "topic", "partition", "offset", "timestamp", "group",
                    "attempts", "setAside", "replayOf", "setAsideAgainAs", "key", "value", "text", "headers" }. Key, value and
                    headers are base64, "text" is the value where it is text; headers are pairs in their order
  --help            show this

A letter stays where it is when it was sent back, and nobody notes that it was: sent back twice, it is applied twice. Only
of one that became a dead letter again it is known: show says so, and --all leaves the older one out. A record sent back
comes after what was sent since, so an old command may undo a newer one. It has its old time, by which retention deletes it:
let the service run while you send.

Finds what a running npm start uses; elsewhere set KAFKA_BROKERS, and the topics' variables as the service has them.

Exit code: 0 when it was done, 1 when it was not, or not all of it, 2 for a usage error.`;

const COMMAND = 'npm run dead-letters';

const CHOICE = ['reason', 'topic', 'since'];
const TAKES: Readonly<Record<string, readonly string[]>> = {
  show: [...CHOICE, 'limit', 'json'],
  replay: [...CHOICE, 'id', 'all', 'dry-run'],
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
  if (takes === undefined) usageError(COMMAND, 'say first what to do: show or replay');
  // `--id A B` too.
  const ids = values.id && new Set([...values.id, ...words].map((id) => id.toLowerCase()));
  requireTaken(COMMAND, what, { values, words: ids === undefined ? words : [] }, takes);
  const choice = { reason: values.reason, topic: values.topic, since: timeOf(values.since) };
  if (what === 'show') await showLetters(choice, limitOf(values.limit), values.json === true);
  else {
    if ((ids === undefined) === (values.all === undefined)) usageError(COMMAND, 'replay needs either --id or --all');
    const isChosen = Object.values(choice).some((one) => one !== undefined);
    if (ids !== undefined && isChosen)
      usageError(COMMAND, '--reason, --topic and --since go with --all, not with --id');
    await sendBack({ ...choice, ids }, values['dry-run'] === true);
  }
}

async function showLetters(wanted: Wanted, limit: number, asJson: boolean): Promise<void> {
  show(await readLetters(brokerOf(findParts('brokers').brokers), wanted), limit, asJson);
}

async function sendBack(wanted: Wanted, isDryRun: boolean): Promise<void> {
  const broker = brokerOf(findParts('brokers').brokers);
  const { letters: found, again } = await readLetters(broker, wanted);
  // Whoever asks for it by its id gets it.
  const letters = wanted.ids ? found : found.filter(({ id }) => !again.has(id));
  if (letters.length < found.length) {
    console.log(
      `left out  ${many(found.length - letters.length, 'dead letter')} that became others when sent back before`,
    );
  }
  const missing = [...(wanted.ids ?? [])].filter((wantedId) => !letters.some(({ id }) => id === wantedId));
  if (missing.length > 0) {
    throw new Error(`no dead letter has the id ${missing.join(', ')}: nothing was sent. ${COMMAND} -- show lists them`);
  }
  const errands = await planReplay(broker, letters);
  if (isDryRun) printPlan(errands);
  else await replay(broker, errands);
}

/** In milliseconds since 1970. */
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
