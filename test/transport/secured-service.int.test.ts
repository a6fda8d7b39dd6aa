/** The service and the operator's commands with a broker that requires TLS and a login. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from 'kafkajs';
import type { AclEntry } from 'kafkajs';
import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import { withAdmin } from '../../src/transport/kafkajs-admin.ts';
import { command, createPets, spawn } from '../support/commands.ts';
import type { Instance } from '../support/instance.ts';
import { readyz, untilReadyzMatches, untilReady, untilReadyzContains } from '../support/instance.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { runProgram, runScript } from '../support/script.ts';
import type { ScriptEnd } from '../support/script.ts';
import { PASSWORDS, secretFile, startSecuredBroker } from '../support/secured-broker.ts';
import type { SecuredBroker } from '../support/secured-broker.ts';

/** Texts that no output may contain. */
const SECRETS = [...Object.values(PASSWORDS), 'wr0ng-secret', 'n3w-secret', 'PRIVATE KEY'];

let secured: SecuredBroker;
let rig: Rig;
beforeAll(async () => {
  secured = await startSecuredBroker();
  rig = await createRig({}, { brokers: secured.plaintext, replicationFactor: 1 });
});
afterAll(stopAll);
afterAll(async () => {
  await rig.close();
  await secured.close();
});

/** Stops every instance, and searches its output for secrets. */
async function stopAll(): Promise<void> {
  await Promise.all(rig.instances.map((instance) => instance.stop()));
  for (const instance of rig.instances) {
    for (const secret of SECRETS) expect(instance.output()).not.toContain(secret);
  }
}

let owner = 1_000;
/** Sends a SPAWN, and waits for its event. */
async function spawnPet(): Promise<void> {
  owner += 1;
  const [petId = 0] = await createPets(rig.database, owner, 1);
  await rig.send([command(spawn(owner, petId))]);
  await rig.seen((records) => records.some(({ value }) => value?.includes(`"petId":${String(petId)},`) ?? false));
}

/** Grants rights to the user `limited`. */
function grant(resourceType: AclResourceTypes, resourceName: string, ...operations: AclOperationTypes[]) {
  const acl = operations.map((operation): AclEntry => ({
    principal: 'User:limited',
    host: '*',
    permissionType: AclPermissionTypes.ALLOW,
    resourcePatternType: ResourcePatternTypes.PREFIXED,
    resourceType,
    resourceName,
    operation,
  }));
  return withAdmin(kafkaClient(secured.plaintext), (admin) => admin.createAcls({ acl }));
}

describe('an instance that cannot connect when it starts', () => {
  /** Both need seconds to report it, so they start at the same time. Only one at a time is ready. */
  let refused: Instance;
  let waiting: Instance;
  let isBack = false;
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    sockets.push(client.on('error', () => undefined));
    if (!isBack) return;
    const upstream = connect(Number(secured.at('LOGIN').split(':')[1]), '127.0.0.1').on('error', () => undefined);
    client.pipe(upstream).pipe(client);
  });
  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const wrongCertificate = readFileSync((await secured.client('nobody')).certFile, 'utf8');
    refused = await rig.begin({
      ...secured.password('scram-sha-512', ''),
      KAFKA_TLS_CA_FILE: secretFile(secured, 'ca.crt', wrongCertificate),
      KAFKA_SASL_PASSWORD_FILE: secretFile(secured, 'password', 'wr0ng-secret'),
      LOG_LEVEL: 'trace',
    });
    waiting = await rig.begin({
      ...secured.password('scram-sha-256'),
      // The client tries each address: together for longer than the test waits.
      KAFKA_BROKERS: Array.from({ length: 20 }, () => address).join(','),
    });
  });
  afterAll(stopAll);
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('uses corrected certificate and password files without a restart', async () => {
    await untilReadyzContains(refused, 'comes from an authority that is not trusted');
    secretFile(secured, 'ca.crt', readFileSync(secured.authority().caFile, 'utf8'));
    await untilReadyzContains(refused, '(BROKER_LOGIN_REFUSED)');
    expect(await readyz(refused)).not.toContain('127.0.0.1');
    expect(refused.output()).toMatch(/BROKER_CERTIFICATE_INVALID[^\n]*"error":"127\.0\.0\.1:/);
    secretFile(secured, 'password', PASSWORDS.pets);
    await untilReady(refused);
    await spawnPet();
    expect(refused.output()).toContain('BROKER_CERTIFICATE_INVALID');
    expect(refused.output()).toContain('BROKER_LOGIN_REFUSED');
    await refused.stop();
  });

  it('reports a silent broker, and continues once it answers', async () => {
    await untilReadyzMatches(waiting, /"broker":"[^"]*\(BROKER_UNREACHABLE\)"/);
    isBack = true;
    await untilReady(waiting);
    await spawnPet();
  });
});

describe('an instance without encryption, whose user has no right at first,', () => {
  let instance: Instance;

  it('reports which rights are missing, and continues once they are granted', async () => {
    const prefix = String(rig.environment['KAFKA_GROUP_ID']);
    instance = await rig.begin({
      ...secured.password('plain', PASSWORDS.limited, 'limited'),
      KAFKA_TLS_CA_FILE: '',
      KAFKA_BROKERS: secured.at('OPEN'),
    });
    await untilReadyzContains(
      instance,
      `"topics":"The broker refuses the service a right to topics: ${prefix}.COMMAND_TOPIC_PET,`,
    );
    await grant(AclResourceTypes.TOPIC, prefix, AclOperationTypes.DESCRIBE, AclOperationTypes.READ);
    await untilReadyzContains(instance, '"topics":"ok"');
    await untilReadyzContains(instance, 'The broker refuses the service a right to the consumer group');
    await grant(AclResourceTypes.GROUP, prefix, AclOperationTypes.READ);
    await untilReady(instance);
    const [petId = 0] = await createPets(rig.database, 900, 1);
    await rig.send([command(spawn(900, petId))]);
    await untilReadyzContains(instance, '"publisher":"Cannot send events to ');
    await untilReadyzContains(instance, '(BROKER_RIGHTS_MISSING)');
    await grant(AclResourceTypes.TOPIC, prefix, AclOperationTypes.WRITE);
    await untilReady(instance);
    await rig.settled();
  });

  it('warns once if the password is sent without encryption', async () => {
    await spawnPet();
    await instance.stop();
    expect(instance.output().split('(CREDENTIALS_UNENCRYPTED)')).toHaveLength(2);
  });
});

describe('a command of the operator', () => {
  const run = (name: string, args: readonly string[], environment: NodeJS.ProcessEnv) =>
    runScript(name, args, { ...rig.environment, ...environment });
  const commands: [string, string[]][] = [
    ['topics', []],
    ['offsets', ['show']],
    ['dead-letters', ['show']],
    ['parked', ['show']],
  ];
  const ofSystem = () => ({ ...secured.password('scram-sha-256'), KAFKA_TLS_CA_FILE: '', KAFKA_TLS: 'true' });
  /** A command tries for ten seconds to connect to a broker with an invalid certificate: other tests run meanwhile. */
  let unknownAuthority: Promise<ScriptEnd>;
  let expired: Promise<ScriptEnd>;
  beforeAll(() => {
    unknownAuthority = run('topics', [], ofSystem());
    expired = run('topics', [], secured.tls('EXPIRED'));
  });

  it.each(commands)('%s succeeds with TLS and a login', async (name, args) => {
    const { status, stdout, stderr } = await run(name, args, secured.password('scram-sha-256'));
    // The command topics warns that there is only one broker.
    expect({ status, stderr: stderr.replace(/^warning: .*\n/, '') }).toEqual({ status: 0, stderr: '' });
    expect(stdout).not.toBe('');
  });

  it.each(commands.slice(0, 3))('%s reports a refused login in one sentence', async (name, args) => {
    const { status, stdout, stderr } = await run(name, args, secured.password('plain', 'wr0ng-secret'));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      /^[^\n]*: The broker refuses the login [^\n]*: 127\.0\.0\.1:\d+: [^\n]* \(BROKER_LOGIN_REFUSED\)\n$/,
    );
    expect(stderr).not.toContain('wr0ng-secret');
  });

  it('reports a missing right to a topic in one sentence', async () => {
    const environment = secured.password('scram-sha-256', PASSWORDS.limited, 'limited');
    const { status, stderr } = await run('topics', [], { ...environment, COMMAND_TOPIC_PET: 'forbidden' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^[^\n]* refuses the service a right to topic [^\n]* \(BROKER_RIGHTS_MISSING\)\n$/);
  });

  it('reports a missing right to its group in one sentence', async () => {
    const topic = String(rig.environment[deadLetter.env]);
    await grant(AclResourceTypes.TOPIC, topic, AclOperationTypes.DESCRIBE, AclOperationTypes.READ);
    await rig.send([{ value: 'no dead letter' }], deadLetter);
    const environment = secured.password('scram-sha-256', PASSWORDS.limited, 'limited');
    const { status, stderr } = await run('dead-letters', ['show'], environment);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^[^\n]* refuses the service a right to the consumer group[^\n]* \(BROKER_RIGHTS_MISSING\)\n$/,
    );
  });

  it('npm start refuses security settings for its embedded broker', async () => {
    const { status, stdout, stderr } = await runProgram('scripts/start/main.ts', [], {
      ...rig.environment,
      KAFKA_BROKERS: undefined,
      KAFKA_TLS: 'true',
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('KAFKA_BROKERS is missing: the embedded broker has neither TLS nor logins');
  });

  it('trusts the authorities of the system without KAFKA_TLS_CA_FILE', async () => {
    expect((await unknownAuthority).stderr).toContain('(BROKER_CERTIFICATE_INVALID)');
    expect(await run('topics', [], { ...ofSystem(), SSL_CERT_FILE: secured.authority().caFile })).toMatchObject({
      status: 0,
    });
  });

  it('reports an invalid certificate of the broker in one sentence', async () => {
    const { status, stderr } = await expired;
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^[^\n]*The certificate of the broker has expired: 127\.0\.0\.1:\d+: [^\n]* \(BROKER_CERTIFICATE_INVALID\)\n$/,
    );
  });
});

it('reconnects after the broker was away and changed certificates and password, once its files have the new ones', async () => {
  secretFile(secured, 'ca.crt', readFileSync(secured.authority().caFile, 'utf8'));
  const instance = await rig.start({
    ...secured.password('plain', ''),
    KAFKA_TLS_CA_FILE: `${secured.folder}/ca.crt`,
    KAFKA_SASL_PASSWORD_FILE: secretFile(secured, 'password', PASSWORDS.pets),
  });
  const untilBothReport = (fault: string) =>
    untilReadyzMatches(instance, new RegExp(`"broker":"${fault}.*"consumer":"The consumer is out of[^"]*${fault}`));
  await spawnPet();
  await secured.stop();
  // For longer than kafkajs tries again: the reader of the events must survive it, too.
  await sleep(15_000);
  await secured.renew('n3w-secret');
  const [petId = 0] = await createPets(rig.database, 901, 1);
  await untilBothReport('The certificate of the broker comes from an authority that is not trusted');
  secretFile(secured, 'ca.crt', readFileSync(secured.authority().caFile, 'utf8'));
  await untilBothReport('The broker refuses the login');
  secretFile(secured, 'password', 'n3w-secret\n');
  await untilReady(instance);
  await rig.send([command(spawn(901, petId))]);
  await spawnPet();
  const componentsWith = (code: string) =>
    ['broker', 'consumer'].filter((component) =>
      new RegExp(`"part":"${component}"[^\\n]*\\(${code}\\)`).test(instance.output()),
    );
  expect(componentsWith('BROKER_CERTIFICATE_INVALID')).toEqual(['broker', 'consumer']);
  expect(componentsWith('BROKER_LOGIN_REFUSED')).toEqual(['broker', 'consumer']);
  expect(await readyz(instance)).toContain('"status":"ready"');
}, 180_000);
