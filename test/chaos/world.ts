/** The rig under a seeded load, and its ledger. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../../src/log.ts';
import { embeddedFacts } from '../../src/reference/facts.ts';
import { CATALOGUE, readPetTemplates } from '../../src/reference/pet-templates.ts';
import { ask, petDocument } from '../support/api.ts';
import { petOfRow } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Instance, Rig } from '../support/rig.ts';
import { audit } from './ledger.ts';
import type { Audit, Known, Post } from './ledger.ts';
import { createsFor, firstCommandsOf, newPetOf, populate, recordsOf, seedOfRun, traceOf } from './stream.ts';
import type { Owner } from './stream.ts';

export interface World {
  readonly rig: Rig;
  /** Sends so many commands, `pace` a second, and creates pets by POST meanwhile. */
  drive(count: number, pace?: number): Promise<void>;
  /** Waits until all is quiet, and accounts for everything that was sent. */
  audit(): Promise<Audit>;
  close(): Promise<void>;
}

/** Commands a second, where nothing else is said. */
const PACE = 1_500;
/** How many are sent at once. */
const CHUNK = 50;
/** One POST for so many commands. */
const COMMANDS_PER_POST = 100;
/** Milliseconds until an answer is given up. */
const PATIENCE = 3_000;
const MOST_TRIES = 20;

export async function createWorld(): Promise<World> {
  const seed = seedOfRun();
  const rig = await createRig();
  const pets = await populate(rig.database);
  const facts = embeddedFacts(await readPetTemplates(CATALOGUE), createLog('silent'));
  const before = await storedPets(rig);
  const posts: Post[] = [];
  let sent = 0;
  let created = 0;

  /** Tries the instances in turn; each try has a trace of its own, as nobody knows what became of a failed one. */
  async function create(index: number): Promise<void> {
    const owner = createsFor(index);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const running = rig.instances.filter((one) => one.wasReady && isRunning(one));
      const instance = running[(index + tries) % running.length];
      const traceparent = traceOf(seed, `post ${String(index)} ${String(tries)}`);
      const petId = instance && (await post(instance, owner, traceparent));
      posts.push({ owner, traceparent, petId });
      if (petId !== undefined) {
        await rig.send(firstCommandsOf(seed, owner, petId));
        return;
      }
      await sleep(100);
    }
  }

  return {
    rig,
    async drive(count, pace = PACE) {
      // A second drive goes on where the first has ended.
      const records = recordsOf(seed, pets, sent + count).slice(sent);
      const creating: Promise<void>[] = [];
      for (let at = 0; at < count; at += CHUNK) {
        const begun = Date.now();
        await rig.send(records.slice(at, at + CHUNK));
        if (at % COMMANDS_PER_POST === 0) creating.push(create((created += 1)));
        await sleep(Math.max(0, begun + (CHUNK * 1_000) / pace - Date.now()));
      }
      sent += count;
      await Promise.all(creating);
    },
    async audit() {
      const seen = await rig.settled();
      const [commands, after] = [await rig.sent(), await storedPets(rig)];
      const result = audit({ before, after, commands, posts, seen, facts });
      const { faults, ...counts } = result;
      const dead = rig.instances.filter((one) => !one.mayEnd && !isRunning(one)).map((one) => `died: ${one.output()}`);
      process.stderr.write(`seed ${String(seed)}: ${JSON.stringify({ commands: commands.length, ...counts })}\n`);
      // A few say it all; thousands hide it.
      return { ...result, faults: [...dead, ...faults].slice(0, 10) };
    },
    close: () => rig.close(),
  };
}

export function isRunning({ process: { exitCode, signalCode } }: Instance): boolean {
  return exitCode === null && signalCode === null;
}

/** @returns the pet's id, where there is an answer that says it. */
async function post({ url }: Instance, owner: Owner, traceparent: string): Promise<number | undefined> {
  const asked = ask(`${url}/api/pets`, {
    method: 'POST',
    headers: { TENANT_ID: owner.tenantId, traceparent },
    body: petDocument(newPetOf(owner)),
  }).catch(() => undefined);
  const answer = await Promise.race([asked, sleep(PATIENCE, undefined)]);
  return answer?.status === 201 ? Number(answer.json.data.id) : undefined;
}

async function storedPets({ database }: Rig): Promise<Map<number, Known>> {
  const rows = await database.pet.findMany();
  return new Map(
    rows.map((row) => {
      const pet = { ...petOfRow(row), expiration: row.expiration?.getTime() ?? null };
      return [pet.id, { tenantId: row.tenantId, pet }];
    }),
  );
}
