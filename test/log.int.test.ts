/** Which lines the log has at each level, and what it never contains. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { award, command, createPets, spawn } from './support/commands.ts';
import { createProxy } from './support/proxy.ts';
import { createRig } from './support/rig.ts';
import type { Instance } from './support/instance.ts';
import type { Rig } from './support/rig.ts';

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly part?: string;
  readonly reason?: string;
  readonly error?: string;
}

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig.close());

const lines = (instance: Instance) =>
  instance
    .output()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** Sends 50 awards, a command that is rejected, and a record that becomes a dead letter. */
async function sendRecords(): Promise<void> {
  const [petId = 0] = await createPets(rig.database, 7_001, 1);
  const { headers } = command(award(petId, 1));
  await rig.send([
    ...Array.from({ length: 50 }, () => command(award(petId, 1))),
    command(spawn(7_002, petId)),
    { key: null, value: '{"type":"SPAWN","petId":"secret-pet"}', headers },
  ]);
  await rig.settled();
}

describe('the log at info', () => {
  let logged: Line[];
  beforeAll(async () => {
    const instance = await rig.start();
    await sendRecords();
    await instance.stop();
    logged = lines(instance);
  });

  it('has time, service, version, instance and group in each line', () => {
    const [first] = logged as unknown as Record<string, string>[];
    expect(logged).not.toEqual([]);
    for (const line of logged) {
      expect(line).toMatchObject({
        service: 'pet-service',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        instance: first?.['instance'],
        group: rig.environment['KAFKA_GROUP_ID'],
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      });
    }
  });

  it('has a line for each step of the life cycle', () => {
    const steps = logged
      .filter(({ level }) => level === 'info')
      .map(({ msg, part }) => (part ? `${part} ${msg}` : msg));
    for (const step of [
      'HTTP listens',
      'broker ready',
      'database ready',
      'consumer ready',
      'partitions assigned',
      'stopping',
      'stopped',
    ]) {
      expect(steps.filter((one) => one === step)).toEqual([step]);
    }
    const ready = steps.filter((step) => step.endsWith(' ready'));
    expect(ready).toEqual([...new Set(ready)]);
    expect(steps.length - ready.length).toBeLessThan(8);
  });

  it('has a line for a dead letter, with its topic and without its content', () => {
    const warnings = logged.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([
      {
        reason: 'INVALID_PAYLOAD',
        topic: rig.environment['COMMAND_TOPIC_PET'],
        msg: 'dead letter: /actorId is required',
      },
    ]);
    expect(JSON.stringify(logged)).not.toContain('secret-pet');
  });

  it('has no line for a message or a rejection', () => {
    expect(logged.filter(({ level }) => level === 'debug' || level === 'trace')).toEqual([]);
    expect(JSON.stringify(logged)).not.toContain('NOT_OWNER');
  });
});

it('logs a rejection at debug', async () => {
  const instance = await rig.start({ LOG_LEVEL: 'debug' });
  await sendRecords();
  await instance.stop();
  const rejections = lines(instance).filter(({ msg }) => msg === 'command rejected');
  expect(rejections).toMatchObject([{ level: 'debug', rejection: expect.stringContaining('"NOT_OWNER"') }]);
});

it('logs an error at start-up even if the level is silent', async () => {
  const instance = await rig.begin({ KAFKA_BROKERS: 'nowhere', LOG_LEVEL: 'silent' });
  expect(await instance.ended).toEqual({ code: 1, signal: null });
  expect(lines(instance)).toMatchObject([
    { level: 'fatal', service: 'pet-service', code: 'CONFIG_INVALID', msg: expect.stringContaining('KAFKA_BROKERS') },
  ]);
});

describe('an outage of the database', () => {
  const databaseUrl = () => new URL(rig.environment['DATABASE_URL'] ?? '');
  const about = (instance: Instance) => lines(instance).filter(({ part }) => part === 'database');

  it('is logged once when it begins and once when it is over', async () => {
    const url = databaseUrl();
    const proxy = await createProxy(url.hostname, Number(url.port));
    url.port = String(proxy.port);
    const instance = await rig.start({ DATABASE_URL: url.href });
    proxy.cut();
    // The service checks the database every 2 s: this is more than one check.
    for (const until = Date.now() + 7_000; Date.now() < until; await sleep(100)) await readyz(instance);
    expect((await readyz(instance)).status).toBe(503);
    proxy.mend();
    while ((await readyz(instance)).status !== 200) await sleep(50);
    await instance.stop();
    await proxy.close();
    expect(about(instance).map(({ level, msg }) => [level, msg])).toEqual([
      ['info', 'ready'],
      ['warn', 'not ready'],
      ['info', 'ready'],
    ]);
  });

  it('is logged once if the database fails several times within seconds', async () => {
    const url = databaseUrl();
    const proxy = await createProxy(url.hostname, Number(url.port));
    url.port = String(proxy.port);
    const instance = await rig.start({ DATABASE_URL: url.href });
    for (let times = 0; times < 3; times += 1) {
      proxy.cut();
      while ((await readyz(instance)).status !== 503) await sleep(50);
      proxy.mend();
      while ((await readyz(instance)).status !== 200) await sleep(50);
    }
    await instance.stop();
    await proxy.close();
    expect(about(instance).map(({ msg }) => msg)).toEqual(['ready', 'not ready', 'ready']);
  });

  it('is logged without a password; only the log, not /readyz, names the refused user', async () => {
    const url = databaseUrl();
    const { password, username } = url;
    url.password = 'not-the-password';
    const instance = await rig.begin({ DATABASE_URL: url.href });
    while (!(await readyz(instance)).text.includes('DATABASE_LOGIN_REFUSED')) await sleep(50);
    const { text } = await readyz(instance);
    await instance.stop();
    expect(about(instance)[0]?.reason).toMatch(/\(DATABASE_LOGIN_REFUSED\)$/);
    expect(about(instance)[0]?.error).toContain(username);
    for (const name of [username, url.hostname, url.port]) expect(text).not.toContain(name);
    for (const secret of [password, 'not-the-password']) {
      expect(instance.output()).not.toContain(secret);
      expect(text).not.toContain(secret);
    }
  });
});

async function readyz({ url }: Instance): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(`${url}/readyz`);
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 0, text: '' };
  }
}
