/** Many large records at once: memory stays bounded, whatever part of a record is large. Promise 6. */
import { readFileSync } from 'node:fs';
import { afterEach, expect, it, jest } from '@jest/globals';
import { award, command, createPets, header } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const RECORDS = 1_500;
const LARGE = Buffer.alloc(900_000, 0xff);
/** More than an idle service takes and what its bounds allow; half of these records. */
const MAX_RSS_BYTES = 700_000_000;
/** A slow machine sends, applies and publishes some 10 MB a second. */
const PATIENCE_MS = 400_000;

jest.setTimeout(3 * PATIENCE_MS);

let rig: Rig;
afterEach(() => rig.close());

it('only a few undecodable records with large values and headers are in memory at the same time', async () => {
  rig = await createRig();
  const [petId = 0] = await createPets(rig.database, 900, 1);
  const { key, value, headers } = command(award(petId, 1));
  for (let at = 0; at < RECORDS; at += 2) {
    await rig.send([{ key, value: LARGE, headers, partition: at % 4 }]);
    await rig.send([{ key, value, headers: { ...headers, REGION: LARGE }, partition: (at + 1) % 4 }]);
  }
  await rig.send([command(award(petId, 1))]);
  const instance = await rig.start();
  const isApplied = async () => {
    const rows = await rig.database.consumerOffset.findMany({
      where: { groupId: rig.environment['KAFKA_GROUP_ID'] ?? '' },
    });
    return rows.reduce((sum, { nextOffset }) => sum + Number(nextOffset), 0) === RECORDS + 1;
  };
  await until('not everything is applied', isApplied, PATIENCE_MS);
  await until('not everything is published', async () => (await rig.database.outbox.count()) === 0, PATIENCE_MS);
  const seen = await rig.settled();
  const offsets = seen
    .filter(({ channel }) => channel === 'deadLetter')
    .map((record) => `${header(record, 'DEAD_LETTER_PARTITION')}@${header(record, 'DEAD_LETTER_OFFSET')}`);
  expect(new Set(offsets).size).toBe(RECORDS);
  expect(peakRssBytes(instance.process.pid)).toBeLessThan(MAX_RSS_BYTES);
});

/** Returns the maximum memory that a process had, in bytes. */
function peakRssBytes(pid: number | undefined): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error('the kernel does not say how much memory it had');
  process.stderr.write(`at most ${kibibytes} KiB were in memory\n`);
  return Number(kibibytes) * 1_024;
}
