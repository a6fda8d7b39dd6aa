/** The rig under a seeded load, and its ledger. */
import { setTimeout as sleep } from 'node:timers/promises';
import { assetStatus } from '../../generated/contract/channels/asset-status.ts';
import { characterStatus } from '../../generated/contract/channels/character-status.ts';
import { petMovement } from '../../generated/contract/channels/pet-movement.ts';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import { UNKNOWN_TEMPLATE } from '../../src/domain/pet-template.ts';
import { assetEvents } from '../../src/handlers/asset-status.ts';
import { characterEvents } from '../../src/handlers/character-status.ts';
import { petCommands } from '../../src/handlers/pet-command.ts';
import type { MessageHeaders } from '../../src/context.ts';
import type { Decoded } from '../../src/handlers/task.ts';
import { CATALOGUE, readPetTemplates } from '../../src/reference/pet-templates.ts';
import { ask, petDocument } from '../support/api.ts';
import { factsOf } from '../support/facts.ts';
import { isRunning } from '../support/instance.ts';
import type { Instance } from '../support/instance.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, RigCluster } from '../support/rig.ts';
import { until } from '../support/until.ts';
import { keepJournal, readJournal } from './journal.ts';
import { audit } from './ledger.ts';
import type { Audit, Post } from './ledger.ts';
import { startServices } from './services.ts';
import type { Services } from './services.ts';
import { storedPets, storedSessions } from './stored.ts';
import {
  createsFor,
  firstCommandsOf,
  inventoriesOf,
  isShortLived,
  newPetOf,
  othersOf,
  populate,
  populatePlayers,
  recordsOf,
  seedOfRun,
  traceparentOf,
} from './stream.ts';
import { LATE } from './sweeps.ts';

export interface World {
  readonly rig: Rig;
  /** The pets that the commands are about, in order. */
  readonly pets: readonly number[];
  /** The other services; undefined where none is there. */
  readonly services: Services | undefined;
  /** Sends so many commands, `pace` a second, and creates pets by POST meanwhile. */
  drive(count: number, pace?: number): Promise<void>;
  /** Sends two records of nearly a megabyte: a command with a large header, and one that is no command. */
  sendLarge(): Promise<void>;
  /** Ends every connection that the service has to the database, and those of the rig that rest. */
  cutConnections(): Promise<void>;
  /** Keeps up the load, of `pace` commands a second, for as long as the work takes. */
  underLoad<Result>(work: () => Promise<Result>, pace?: number): Promise<Result>;
  /** Waits until all is quiet, stops every instance, and accounts for everything that was sent. */
  audit(): Promise<Audit>;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Characters that are logged in with pets out beside those that the commands are about, hungry all at once; none. */
  readonly players?: number;
  /** Whether other services are there to be asked. */
  readonly services?: boolean;
  /** Milliseconds from one look at a character's pets to the next. */
  readonly hungerInterval?: number;
  /** The brokers; those of the run. */
  readonly cluster?: RigCluster;
}

/** Commands a second, where nothing else is said. */
const PACE = 1_500;
/** Milliseconds, as those of the options: sweeps come between the commands all the time. */
const HUNGER_INTERVAL = 700;
const EXPIRATION_INTERVAL = 300;
/** How many are sent at once. */
const CHUNK = 50;
/** One POST for so many commands. */
const COMMANDS_PER_POST = 100;
/** Milliseconds until an answer is given up. */
const PATIENCE = 3_000;
const MOST_TRIES = 20;
/** Nearly what a broker takes by default. */
const LARGE = Buffer.alloc(900_000, 'x');

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const { players = 0, hungerInterval = HUNGER_INTERVAL } = options;
  const seed = seedOfRun();
  process.stderr.write(`seed ${String(seed)}\n`);
  const rig = await createRig({}, options.cluster);
  const pets = await populate(rig.database);
  await populatePlayers(rig.database, players);
  const services = options.services === true ? await startServices(inventoriesOf(pets)) : undefined;
  Object.assign(rig.environment, services?.environment, {
    HUNGER_INTERVAL_MS: String(hungerInterval),
    EXPIRATION_INTERVAL_MS: String(EXPIRATION_INTERVAL),
  });
  await keepJournal(rig.database);
  const templates = await readPetTemplates(CATALOGUE);
  const facts = services?.facts ?? factsOf({ petTemplate: (id) => templates.get(id) ?? UNKNOWN_TEMPLATE });
  const before = await storedPets(rig);
  const { sessions: sessionsBefore, due: dueBefore } = await storedSessions(rig);
  const posts: Post[] = [];
  const findings: string[] = [];
  let sent = 0;
  let parts = 0;
  let created = 0;

  /** Tries the instances in turn; each try has a trace of its own, as nobody knows what became of a failed one. */
  async function create(index: number): Promise<void> {
    const owner = createsFor(index);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const running = rig.instances.filter((one) => one.wasReady && isRunning(one));
      const instance = running[(index + tries) % running.length];
      if (instance === undefined) return;
      const traceparent = traceparentOf(seed, `post ${String(index)} ${String(tries)}`);
      const pet = newPetOf(owner, isShortLived(index));
      const { petId, finding } = await post(instance, { owner, pet, traceparent });
      posts.push({ owner, pet, traceparent, petId });
      if (finding !== undefined) findings.push(finding);
      if (petId !== undefined) {
        await rig.send(firstCommandsOf(seed, owner, petId, !isShortLived(index)));
        return;
      }
      await sleep(100);
    }
    findings.push(`no instance has created a pet in ${String(MOST_TRIES)} tries`);
  }

  async function drive(count: number, pace = PACE): Promise<void> {
    const records = recordsOf(seed, pets, sent, count);
    sent += count;
    const creating: Promise<void>[] = [];
    for (let at = 0; at < count; at += CHUNK) {
      const begun = Date.now();
      await rig.send(records.slice(at, at + CHUNK));
      const { characters, assets, movements } = othersOf(seed, pets, parts);
      parts += 1;
      await Promise.all([
        rig.send(characters, characterStatus),
        rig.send(assets, assetStatus),
        rig.send(movements, petMovement),
      ]);
      if (at % COMMANDS_PER_POST === 0) creating.push(create((created += 1)));
      await sleep(Math.max(0, begun + (CHUNK * 1_000) / pace - Date.now()));
    }
    await Promise.all(creating);
  }

  async function sendLarge(): Promise<void> {
    const [command, other] = recordsOf(seed, pets, sent, 2);
    sent += 2;
    if (command === undefined || other === undefined) throw new Error('no commands are left');
    await rig.send([{ ...command, headers: { ...command.headers, baggage: LARGE } }]);
    await rig.send([{ ...other, value: LARGE }]);
  }

  /** What is due by itself is done a moment later, where nobody is held up; the ledger says of what is not. */
  async function allLookedAt(): Promise<void> {
    const isDone = async () => {
      const before = new Date(Date.now() - LATE / 2);
      const isOut = { slot: { not: null }, expiration: { lt: before } };
      const hungry = await rig.database.characterSession.count({ where: { hungerDueAt: { lt: before } } });
      return hungry + (await rig.database.pet.count({ where: isOut })) === 0;
    };
    await until('', isDone).catch(() => undefined);
  }

  return {
    rig,
    pets,
    services,
    drive,
    sendLarge,
    async cutConnections() {
      await rig.database.$executeRaw`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'pet-service' AND pid <> pg_backend_pid()`;
    },
    async underLoad(work, pace) {
      let isOver = false;
      const load = (async () => {
        while (!isOver) await drive(CHUNK * 5, pace);
      })();
      try {
        return await work();
      } finally {
        isOver = true;
        await load;
      }
    },
    async audit() {
      await rig.settled();
      await allLookedAt();
      const ended = Date.now();
      await Promise.all(rig.instances.filter(isRunning).map((one) => one.stop()));
      const [seen, commands, after] = [await rig.settled(), await rig.sent(), await storedPets(rig)];
      const { sessions, due } = await storedSessions(rig);
      const decode = (record: TopicRecord) => decoderOf(rig, record.topic)(record);
      const journal = await readJournal(rig.database);
      const { findings: inLedger, ...counts } = audit({
        ...{ before, after, sessionsBefore, sessions, dueBefore, due, ended, hungerInterval, journal },
        ...{ commands, decode, posts, seen, facts },
      });
      process.stderr.write(`seed ${String(seed)}: ${JSON.stringify({ commands: commands.length, ...counts })}\n`);
      findings.push(...rig.instances.flatMap(({ misend }) => misend ?? []), ...inLedger);
      if ((await rig.database.outbox.count()) > 0) findings.push('the outbox is not empty');
      // A few say it all; thousands hide it.
      return { ...counts, findings: findings.slice(0, 10) };
    },
    async close() {
      await rig.close();
      await services?.stub.close();
    },
  };
}

/** How the service takes the records of a topic. What moves is in memory only, and nothing is told of it. */
function decoderOf({ environment }: Rig, topic: string): (record: TopicRecord) => Decoded<MessageHeaders> {
  const handler = [petCommands, characterEvents, assetEvents].find(({ channel }) => environment[channel.env] === topic);
  return handler === undefined ? () => ({ kind: 'skip', type: 'movement' }) : (record) => handler.decode(record);
}

/** Creates a pet: its id, where an answer says it; nothing where there is no answer in time, or 503. */
async function post({ url }: Instance, { owner, pet, traceparent }: Post) {
  const { cashId, expiration, ...attributes } = pet;
  const document = petDocument({ ...attributes, cashId: '#', expiration: new Date(expiration).toISOString() });
  const { MAJOR_VERSION, MINOR_VERSION, ...tenant } = owner.tenant;
  const asked = ask(`${url}/api/pets`, {
    method: 'POST',
    headers: {
      ...tenant,
      MAJOR_VERSION: String(MAJOR_VERSION),
      MINOR_VERSION: String(MINOR_VERSION),
      traceparent,
    },
    // A number that JavaScript's own cannot hold.
    body: JSON.stringify(document).replace('"#"', String(cashId)),
  }).catch(() => undefined);
  const answer = await Promise.race([asked, sleep(PATIENCE, undefined)]);
  if (answer === undefined || answer.status === 503) return {};
  if (answer.status === 201) return { petId: Number(answer.json.data.id) };
  return { finding: `a POST was answered with ${String(answer.status)}: ${answer.text}` };
}
