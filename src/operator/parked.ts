/** `npm run parked`: shows the records that the broker refused, and returns them to their streams; see --help. */
import type { Database } from '../store/database.ts';
import { listParked, returnParked } from '../store/tables/outbox-parked.ts';
import { commandLine, requireTaken, runCommand, usageError } from './command-line.ts';
import { printable } from './printable.ts';
import { withServiceDatabase } from './database.ts';
import { tableWithShared } from './table.ts';

const HELP = `Usage: npm run parked -- show [--json] | return (--id N ... | --all)

A record that the broker will never take (it is larger than its topic allows) is parked: it leaves its stream, so that the records
behind it are sent, and stays in the table outbox. A returned record comes at the end of its stream, with a new SEQUENCE and the
same MESSAGE_ID; a running service sends it within seconds. Raise max.message.bytes of the topic first, or it is parked again.
A record of more than 32 MiB can never be sent.

  show     prints each parked record below the broker's reason: id, time, size, stream and channel
  return   returns records to their streams

  --id <n> ...   these records
  --all          all records
  --json         of show: an array of { "id", "stream", "channel", "since", "reason", "bytes" }; the id is text
  --help         show this

Finds what a running npm start uses; elsewhere set DATABASE_URL, and DATABASE_PASSWORD_FILE if the service has it.

Exit code: 0 when it was done, 1 when it was not, or not all of it, 2 for a usage error.`;

const COMMAND = 'npm run parked';

/** Characters that are shown of a text. */
const MAX_TEXT_CHARACTERS = 400;

async function main(): Promise<void> {
  const config = {
    id: { type: 'string', multiple: true },
    all: { type: 'boolean' },
    json: { type: 'boolean' },
  } as const;
  const { values, positionals } = commandLine(COMMAND, HELP, config);
  const [action, ...words] = positionals;
  const ids = values.id && new Set([...values.id, ...words]);
  if (action !== 'show' && action !== 'return') usageError(COMMAND, 'name first what to do: show or return');
  const takes = action === 'show' ? ['json'] : ['id', 'all'];
  requireTaken(COMMAND, action, { values, words: ids === undefined ? words : [] }, takes);
  if (action === 'return' && (ids === undefined) === (values.all === undefined))
    usageError(COMMAND, 'return needs either --id or --all');
  await withServiceDatabase((database) =>
    action === 'show' ? show(database, values.json === true) : returnToStreams(database, ids),
  );
}

async function show(database: Database, asJson: boolean): Promise<void> {
  const parked = await listParked(database);
  if (asJson) {
    const rows = parked.map(({ id, ...row }) => ({ id: String(id), ...row }));
    console.log(JSON.stringify(rows, null, 2));
  } else if (parked.length === 0) console.log('nothing is parked');
  else {
    const groups = [...Map.groupBy(parked, ({ reason }) => printable(reason, MAX_TEXT_CHARACTERS))].map(
      ([reason, alike]) => {
        const rows = alike.map(({ id, stream, channel, since, bytes }) => {
          return { id, since, bytes, stream, channel: printable(channel, MAX_TEXT_CHARACTERS) };
        });
        return `reason: ${reason}\n${tableWithShared(rows, ['stream', 'channel'])}`;
      },
    );
    console.log(groups.join('\n\n'));
  }
}

/** @param ids of the records to return; undefined is all. */
async function returnToStreams(database: Database, ids: ReadonlySet<string> | undefined): Promise<void> {
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
