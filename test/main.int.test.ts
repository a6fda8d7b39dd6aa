import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { command, createPets, json, spawn } from './support/commands.ts';
import { createRig } from './support/rig.ts';
import type { Instance } from './support/instance.ts';
import type { Rig } from './support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig.close());

/** Returns the answer of /readyz as soon as it contains the text. */
async function readyzWith(instance: Instance, text: string): Promise<{ status: number; body: string }> {
  for (let tries = 0; tries < 500; tries += 1) {
    const answer = await fetch(`${instance.url}/readyz`).catch(() => undefined);
    const body = await answer?.text();
    if (answer !== undefined && body?.includes(text)) return { status: answer.status, body };
    await sleep(20);
  }
  throw new Error(`/readyz never contained ${text}:\n${instance.output()}`);
}

/** Creates a templates.json with this text while `use` runs. */
async function withFile(text: string, use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'templates-'));
  try {
    await writeFile(join(folder, 'templates.json'), text);
    await use(join(folder, 'templates.json'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Creates a pet, and returns all events after the outbox is empty. */
async function createByHttp({ url }: Instance) {
  const response = await fetch(`${url}/api/pets`, {
    method: 'POST',
    headers: { ...TENANT_HEADERS, TENANT_ID: randomUUID(), 'content-type': 'application/json' },
    body: JSON.stringify({ data: { type: 'pets', attributes: { ownerId: 5_101, templateId: 5_000_017 } } }),
  });
  expect(response.status).toBe(201);
  const { data } = (await response.json()) as { data: { id: string } };
  return { petId: Number(data.id), events: (await rig.settled()).map(json) };
}

const TENANT_HEADERS = { REGION: 'GMS', MAJOR_VERSION: '83', MINOR_VERSION: '1' };

describe('the service', () => {
  it('is alive and ready with all components, and stops at SIGTERM', async () => {
    const instance = await rig.start();
    expect((await fetch(`${instance.url}/livez`)).headers.get('connection')).toBe('keep-alive');
    const { status, body } = await readyzWith(instance, '"ready"');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      parts: { database: 'ok', broker: 'ok', consumer: 'ok', publisher: 'ok', movement: 'ok', positions: 'ok' },
    });
    await instance.stop();
    expect(await instance.ended).toEqual({ code: 0, signal: null });
  });

  it('is not ready as soon as it gets SIGTERM, and answers for SHUTDOWN_DELAY_MS longer', async () => {
    const instance = await rig.start({ SHUTDOWN_DELAY_MS: '3000' });
    const stopped = instance.stop();
    const { status, body } = await readyzWith(instance, '"stopping"');
    expect(status).toBe(503);
    // Clients open another connection, and so reach another instance.
    for (const path of ['/readyz', '/livez', '/api/pets/1', '/metrics', '/nothing']) {
      expect((await fetch(`${instance.url}${path}`)).headers.get('connection')).toBe('close');
    }
    expect(JSON.parse(body)).toMatchObject({ status: 'not ready', parts: { service: 'stopping', consumer: 'ok' } });
    const { petId, events } = await createByHttp(instance);
    expect(events).toContainEqual({ petId, ownerId: 5_101, type: 'CREATED', body: {} });
    await stopped;
    expect(await instance.ended).toEqual({ code: 0, signal: null });
  });

  it('stops at once at a second signal during the delay', async () => {
    const instance = await rig.start({ SHUTDOWN_DELAY_MS: '300000' });
    instance.process.kill('SIGTERM');
    await readyzWith(instance, '"stopping"');
    await sleep(1_000);
    await instance.stop();
    expect(await instance.ended).toEqual({ code: 0, signal: null });
  });

  it('is not ready if topics are missing, and names the command that creates them', async () => {
    const instance = await rig.begin({ COMMAND_TOPIC_PET: `missing.${randomUUID()}` });
    const { status, body } = await readyzWith(instance, 'npm run topics');
    expect(status).toBe(503);
    expect(body).toContain('missing.');
    await instance.stop();
  });

  it('is not ready until pending migrations are applied, and names the command for that', async () => {
    const { database } = rig;
    const applied = 'UPDATE _prisma_migrations SET rolled_back_at =';
    await database.$executeRawUnsafe(`${applied} now()`);
    const instance = await rig.begin({});
    const { status } = await readyzWith(instance, 'npm run migrate');
    expect(status).toBe(503);
    await database.$executeRawUnsafe(`${applied} NULL`);
    expect((await readyzWith(instance, '"ready"')).status).toBe(200);
    await instance.stop();
  });

  it('reports every fault of its configuration, and exits with 1', async () => {
    const instance = await rig.begin({ KAFKA_BROKERS: 'nowhere', LOG_LEVEL: 'loud' });
    expect(await instance.ended).toEqual({ code: 1, signal: null });
    expect(instance.output()).toMatch(/KAFKA_BROKERS[^]*LOG_LEVEL/);
  });

  it('reports every fault of its pet templates, and exits with 1', async () => {
    await withFile('[{"templateId":0},{"templateId":1,"hunger":-1,"skills":[]}]', async (path) => {
      const instance = await rig.begin({ PET_TEMPLATES_FILE: path });
      expect(await instance.ended).toEqual({ code: 1, signal: null });
      expect(instance.output()).toMatch(
        /templates\.json: \/0 [^]*\/0\/templateId must be >= 1[^]*\/1\/hunger must be >= 0/,
      );
      expect(instance.output()).toMatch(/\d\. pet templates, [^]*\d\. Correct the file/);
    });
  });

  it('reads pet templates from PET_TEMPLATES_FILE', async () => {
    const skills = [{ commandId: 9, probability: 100, increase: 0 }];
    await withFile(JSON.stringify([{ templateId: 5_000_017, hunger: 1, skills }]), async (path) => {
      const instance = await rig.start({ PET_TEMPLATES_FILE: path });
      const [petId = 0] = await createPets(rig.database, 800, 1);
      const attempt = { actorId: 800, petId, type: 'ATTEMPT_COMMAND', body: { commandId: 9 } } as const;
      await rig.send([command(spawn(800, petId)), command(attempt)].map((record) => ({ ...record, partition: 0 })));
      const seen = (await rig.settled()).map(json);
      expect(seen.at(-1)).toMatchObject({ type: 'COMMAND_RESPONSE', body: { commandId: 9, success: true } });
      await instance.stop();
    });
  });

  it('starts a group without offsets only if the operator sets KAFKA_START', async () => {
    const renamed = await rig.begin({ KAFKA_GROUP_ID: 'renamed' });
    const { status, body } = await readyzWith(renamed, 'KAFKA_START');
    expect(status).toBe(503);
    expect(body).toContain(String(rig.environment['KAFKA_GROUP_ID']));
    await renamed.stop();
    const named = await rig.start({ KAFKA_GROUP_ID: 'renamed', KAFKA_START: 'latest' });
    await named.stop();
  });
});
