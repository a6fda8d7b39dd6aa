/** `npm run parked`: events that the broker refused for what they are, and how they leave after all; see --help. */
import type { Database } from '../store/database.ts';
import { listParked, returnParked } from '../store/parked.ts';
import { commandLine, requireTaken, runCommand, usageError } from './command-line.ts';
import { printable } from './printable.ts';
import { withServiceDatabase } from './database.ts';
import { tableWithShared } from './table.ts';

const HELP = `Usage: npm run parked -- show [--json] | return (--id N ... | --all)

What the service tells and the broker refuses for what it is (larger than its topic allows) is parked: taken out of its
stream, so that those behind it leave. It stays in the table outbox. Returned, it is put at the end of its stream, with a
new SEQUENCE and the same MESSAGE_ID; a running service sends it within seconds. Raise max.message.bytes of the topic first,
or it is parked again.

  show     each parked record, below what the broker said: its id, since when, size, stream and channel
  return   puts records back into their streams

  --id <n> ...   these records
  --all          every one
  --json         of show: an array of { "id", "stream", "channel", "since", "reason", "bytes" }; the id is text
  --help         show this

Finds what a running npm start uses; elsewhere set DATABASE_URL, and DATABASE_PASSWORD_FILE where the service has it.

Exit code: 0 when it was done, 1 when it was not, or not all of it, 2 for a usage error.`;

const COMMAND = 'npm run parked';

/** Characters that are shown of a text. */
const TEXT = 400;

async function main(): Promise<void> {
  const config = {
    id: { type: 'string', multiple: true },
    all: { type: 'boolean' },
    json: { type: 'boolean' },
  } as const;
  const { values, positionals } = commandLine(COMMAND, HELP, config);
  const [what, ...words] = positionals;
  const ids = values.id && new Set([...values.id, ...words]);
  if (what !== 'show' && what !== 'return') usageError(COMMAND, 'say first what to do: show or return');
  const takes = what === 'show' ? ['json'] : ['id', 'all'];
  requireTaken(COMMAND, what, { values, words: ids === undefined ? words : [] }, takes);
  if (what === 'return' && (ids === undefined) === (values.all === undefined))
    usageError(COMMAND, 'return needs either --id or --all');
  await withServiceDatabase((database) =>
    what === 'show' ? show(database, values.json === true) : giveBack(database, ids),
  );
}

async function show(database: Database, asJson: boolean): Promise<void> {
  const parked = await listParked(database);
  if (asJson) {
    const rows = parked.map(({ id, ...row }) => ({ id: String(id), ...row }));
    console.log(JSON.stringify(rows, null, 2));
  } else if (parked.length === 0) console.log('nothing is parked');
  else {
    const groups = [...Map.groupBy(parked, ({ reason }) => printable(reason, TEXT))].map(([reason, alike]) => {
      const rows = alike.map(({ id, stream, channel, since, bytes }) => {
        return { id, since, bytes, stream, channel: printable(channel, TEXT) };
      });
      return `reason: ${reason}\n${tableWithShared(rows, ['stream', 'channel'])}`;
    });
    console.log(groups.join('\n\n'));
  }
}

/** @param ids those to give back; undefined is all. */
async function giveBack(database: Database, ids: ReadonlySet<string> | undefined): Promise<void> {
  const parked = await listParked(database);
  const missing = [...(ids ?? [])].filter((id) => !parked.some((one) => String(one.id) === id));
  if (missing.length > 0) throw new Error(`not parked, so nothing was returned: ${missing.join(', ')}`);
  const wanted = parked.filter(({ id }) => ids?.has(String(id)) ?? true);
  for (const one of wanted) {
    const id = await returnParked(database, one);
    if (id === undefined) throw new Error(`${String(one.id)} is not parked any more`);
    console.log(`${String(one.id)} is ${String(id)} now, in stream ${one.stream}`);
  }
  console.log(`${String(wanted.length)} returned`);
}

await runCommand(COMMAND, main);
