/** A run of the chaos tests: the service under a seeded load, and the audit of what it did. */
import { setTimeout as sleep } from 'node:timers/promises';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
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
import { MAX_LATENESS_MS } from './sweeps.ts';

export interface ChaosRun {
  readonly rig: Rig;
  /** The pets that the commands are about, in order. */
  readonly pets: readonly number[];
  /** The stubs of the reference services; undefined if there are none. */
  readonly services: Services | undefined;
  /** Sends `count` commands, `pace` a second, and creates pets by POST meanwhile. */
  drive(count: number, pace?: number): Promise<void>;
  /** Sends two records of nearly a megabyte: a command with a large header, and a value that is no command. */
  sendLarge(): Promise<void>;
  /** Terminates every connection of the service to the database, and the idle ones of the test. */
  cutConnections(): Promise<void>;
  /** Sends `pace` commands a second until `work` has ended. */
  underLoad<Result>(work: () => Promise<Result>, pace?: number): Promise<Result>;
  /** Waits until everything is applied and published, stops every instance, and accounts for every record. */
  audit(): Promise<Audit>;
  close(): Promise<void>;
}

export interface ChaosRunOptions {
  /** How many characters are logged in with spawned pets, besides those of the commands, all hungry at once; default 0. */
  readonly players?: number;
  /** Whether there are reference services; default false. */
  readonly services?: boolean;
  /** HUNGER_INTERVAL_MS. */
  readonly hungerIntervalMs?: number;
  /** The brokers; default: the broker of all tests. */
  readonly cluster?: RigCluster;
}

/** Commands a second by default. */
const PACE = 1_500;
/** Short: sweeps run between the commands all the time. */
const HUNGER_INTERVAL_MS = 700;
const EXPIRATION_INTERVAL_MS = 300;
/** Commands that are sent at once. */
const CHUNK = 50;
/** There is one POST for each so many commands. */
const COMMANDS_PER_POST = 100;
/** A response that takes longer is not waited for. */
const RESPONSE_TIMEOUT_MS = 3_000;
const MAX_TRIES = 20;
/** Nearly the largest value that a broker accepts by default. */
const LARGE = Buffer.alloc(900_000, 'x');

export async function startChaosRun(options: ChaosRunOptions = {}): Promise<ChaosRun> {
  const { players = 0, hungerIntervalMs = HUNGER_INTERVAL_MS } = options;
  const seed = seedOfRun();
  process.stderr.write(`seed ${String(seed)}\n`);
  const rig = await createRig({}, options.cluster);
  const pets = await populate(rig.database);
  await populatePlayers(rig.database, players);
  const services = options.services === true ? await startServices(inventoriesOf(pets)) : undefined;
  Object.assign(rig.environment, services?.environment, {
    HUNGER_INTERVAL_MS: String(hungerIntervalMs),
    EXPIRATION_INTERVAL_MS: String(EXPIRATION_INTERVAL_MS),
  });
  await keepJournal(rig.database);
  const templates = await readPetTemplates(CATALOGUE);
  const facts = services?.facts ?? factsOf({ petTemplate: (id) => templates.get(id) ?? UNKNOWN_TEMPLATE });
  const before = await storedPets(rig);
  const { sessions: sessionsBefore, due: dueBefore } = await storedSessions(rig);
  const posts: Post[] = [];
  const findings: string[] = [];
  let sent = 0;
  let chunks = 0;
  let created = 0;

  /** Tries one instance after the other. Each try has a trace of its own: a failed one may have created the pet. */
  async function create(index: number): Promise<void> {
    const owner = createsFor(index);
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const running = rig.instances.filter((one) => one.wasReady && isRunning(one));
      const instance = running[(index + tries) % running.length];
      if (instance === undefined) return;
      const traceparent = traceparentOf(seed, `post ${String(index)} ${String(tries)}`);
      const pet = newPetOf(owner, index);
      const { petId, finding } = await post(instance, { owner, pet, traceparent });
      posts.push({ owner, pet, traceparent, petId });
      if (finding !== undefined) findings.push(finding);
      if (petId !== undefined) {
        await rig.send(firstCommandsOf(seed, owner, petId, !isShortLived(index)));
        return;
      }
      await sleep(100);
    }
    findings.push(`no instance has created a pet in ${String(MAX_TRIES)} tries`);
  }

  async function drive(count: number, pace = PACE): Promise<void> {
    const records = recordsOf(seed, pets, sent, count);
    sent += count;
    const creating: Promise<void>[] = [];
    for (let at = 0; at < count; at += CHUNK) {
      const begun = Date.now();
      await rig.send(records.slice(at, at + CHUNK));
      const { characters, assets, movements } = othersOf(seed, pets, chunks);
      chunks += 1;
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

  /** Waits until sweeps have done what is due. The ledger reports what is not done in time. */
  async function untilSwept(): Promise<void> {
    const isDone = async () => {
      const before = new Date(Date.now() - MAX_LATENESS_MS / 2);
      const isExpired = { slot: { not: null }, expiration: { lt: before } };
      const hungry = await rig.database.characterSession.count({ where: { hungerDueAt: { lt: before } } });
      return hungry + (await rig.database.pet.count({ where: isExpired })) === 0;
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
      await untilSwept();
      const ended = Date.now();
      await Promise.all(rig.instances.filter(isRunning).map((one) => one.stop()));
      const [seen, commands, after] = [await rig.settled(), await rig.sent(), await storedPets(rig)];
      const { sessions, due } = await storedSessions(rig);
      const decode = (record: TopicRecord) => decoderOf(rig, record.topic)(record);
      const journal = await readJournal(rig.database);
      const { findings: ledgerFindings, ...counts } = audit({
        ...{
          before,
          after,
          sessionsBefore,
          sessions,
          dueBefore,
          due,
          ended,
          hungerIntervalMs,
          journal,
        },
        ...{ commands, decode, posts, seen, facts },
      });
      process.stderr.write(`seed ${String(seed)}: ${JSON.stringify({ commands: commands.length, ...counts })}\n`);
      findings.push(...rig.instances.flatMap(({ unexpectedEnd }) => unexpectedEnd ?? []), ...ledgerFindings);
      if ((await rig.database.outbox.count()) > 0) findings.push('the outbox is not empty');
      // A few findings are enough to read.
      return { ...counts, findings: findings.slice(0, 10) };
    },
    async close() {
      await rig.close();
      await services?.stub.close();
    },
  };
}

/** Returns how the service decodes the records of a topic. Movements are kept in memory only, and produce no event. */
function decoderOf({ environment }: Rig, topic: string): (record: TopicRecord) => Decoded<MessageHeaders> {
  const handler = [petCommands, characterEvents, assetEvents].find(({ channel }) => environment[channel.env] === topic);
  return handler === undefined ? () => ({ kind: 'skip', type: 'movement' }) : (record) => handler.decode(record);
}

/** Creates a pet by POST. @returns its id if the response has it; nothing if there is no response in time, or a 503. */
async function post({ url }: Instance, { owner, pet, traceparent }: Post) {
  const { cashId, expiration, ...attributes } = pet;
  const document = petDocument({ ...attributes, cashId: '#', expiration: new Date(expiration).toISOString() });
  const { MAJOR_VERSION, MINOR_VERSION, ...tenant } = owner.tenant;
  const response = ask(`${url}/api/pets`, {
    method: 'POST',
    headers: {
      ...tenant,
      MAJOR_VERSION: String(MAJOR_VERSION),
      MINOR_VERSION: String(MINOR_VERSION),
      traceparent,
    },
    // JavaScript's numbers cannot hold it.
    body: JSON.stringify(document).replace('"#"', String(cashId)),
  }).catch(() => undefined);
  const answer = await Promise.race([response, sleep(RESPONSE_TIMEOUT_MS, undefined)]);
  if (answer === undefined || answer.status === 503) return {};
  if (answer.status === 201) return { petId: Number(answer.json.data.id) };
  return { finding: `a POST was answered with ${String(answer.status)}: ${answer.text}` };
}
