/** The published contract, used by projects of other teams: they install it, compile, and talk to the running service. */
import { spawn as spawnProcess } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { examples } from '../../generated/contract/examples.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { filesIn } from '../../generator/src/files.ts';
import { FORMATS } from '../../generator/src/ajv.ts';
import { ROOT } from '../../src/operator/folders.ts';
import { command, createPets, spawn } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { until } from '../support/until.ts';
import { codeBlocks, packContract, succeed } from './published.ts';
import type { Strangers } from './published.ts';

const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);

let strangers: Strangers;
beforeAll(async () => {
  strangers = await packContract();
});
afterAll(() => strangers.remove());

describe('the package', () => {
  it('has no fault that publint or attw finds', async () => {
    expect(await succeed(bin('publint'), ['run', '--strict', 'npm'], strangers.packed)).toContain('All good!');
    const archive = (await readdir(strangers.packed)).find((name) => name.endsWith('.tgz')) ?? '';
    expect(await succeed(bin('attw'), [archive], strangers.packed)).toContain('No problems found');
  });

  it('is the same, byte for byte, each time', async () => {
    const before = await filesIn(strangers.packed);
    await succeed(process.execPath, ['scripts/run.mjs', 'contract:pack', '--output', strangers.packed], ROOT);
    expect(await filesIn(strangers.packed)).toEqual(before);
    expect(before.size).toBeGreaterThan(150);
  });

  it('has a schema for each message, which accepts its examples', async () => {
    const ajv = new Ajv2020({ formats: FORMATS, strict: true, allowUnionTypes: true });
    const schemas = new Map<string, object>();
    for (const name of await readdir(join(strangers.packed, 'schemas')))
      schemas.set(name, JSON.parse(await readFile(join(strangers.packed, 'schemas', name), 'utf8')) as object);
    const described = examples.filter(({ channel }) => channel !== 'deadLetter');
    expect([...schemas.keys()].sort()).toEqual(described.map(({ message }) => `${message}.schema.json`).sort());
    for (const { message, examples: list } of described) {
      const validate = ajv.compile(schemas.get(`${message}.schema.json`) ?? {});
      for (const { payload } of list) {
        expect([message, validate(payload), validate.errors]).toEqual([message, true, null]);
        // A schema that accepted everything would accept these too.
        for (const field of Object.keys(payload))
          expect(validate({ ...(payload as object), [field]: ['no such value'] })).toBe(false);
      }
    }
  });

  it('does not replace files of others', async () => {
    const folder = await strangers.project('commonjs');
    const pack = succeed(process.execPath, ['scripts/run.mjs', 'contract:pack', '--output', folder], ROOT);
    await expect(pack).rejects.toThrow(/has files that npm run contract:pack did not write/);
  });
});

describe('a project in JavaScript', () => {
  it('tests its code with the fakes', async () => {
    const project = await strangers.project('javascript');
    expect(await succeed(process.execPath, ['--test', 'fakes.js'], project)).toMatch(/pass 7\n.*fail 0/s);
  });
});

describe('with the running service', () => {
  let rig: Rig;
  const started: ChildProcess[] = [];
  beforeAll(async () => {
    rig = await createRig();
    await rig.start();
  });
  afterAll(async () => {
    for (const child of started) child.kill();
    await rig.close();
  });

  /** Starts a program that goes on until its input ends, and collects the lines of its output. */
  function begin(program: string, cwd: string, env: NodeJS.ProcessEnv = {}) {
    const child = spawnProcess(process.execPath, [program], { cwd, env: { ...rig.environment, ...env } });
    started.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return {
      contains: (text: string) => output.includes(text),
      has: (text: string) =>
        until(
          () => `no ${text} in the output of ${program}:\n${output}`,
          () => {
            if (child.exitCode !== null && child.exitCode !== 0) throw new Error(`${program} ended:\n${output}`);
            return Promise.resolve(output.includes(text));
          },
        ),
      lines: () =>
        output
          .split('\n')
          .filter((line) => line.startsWith('{'))
          .map((line) => JSON.parse(line) as Line),
      async end() {
        child.stdin.end();
        await once(child, 'close');
        return child.exitCode;
      },
    };
  }

  interface Line {
    readonly event?: { readonly petId: number; readonly type: string; readonly mood?: string };
    readonly answer?: { readonly type: string; readonly body: object };
    readonly [other: string]: unknown;
  }

  it('a project in strict TypeScript sends commands, gets answers and reads every event', async () => {
    const [petId = 0] = await createPets(rig.database, 8_101, 1);
    const project = await strangers.project('typescript');
    await succeed(bin('tsc'), ['-p', '.'], project);
    const program = begin('main.js', project, { OWNER: '8101', PET: String(petId) });
    await program.has('"ready":true');

    const lines = program.lines();
    expect(lines.filter((line) => 'answer' in line).map(({ answer }) => answer)).toMatchObject([
      { type: 'SPAWNED', petId, body: { slot: 0, level: 1 } },
      { type: 'CLOSENESS_CHANGED', petId, body: { closeness: 3, amount: 3 } },
      { type: 'REJECTED', petId, body: { command: 'DESPAWN', reason: 'NOT_OWNER' } },
    ]);
    expect(Object.assign({}, ...lines)).toMatchObject({
      closeness: 3,
      isCorrelated: true,
      ATTEMPT_COMMAND: 'COMMAND_RESPONSE',
      AWARD_FULLNESS: 'FULLNESS_CHANGED',
      AWARD_LEVEL: 'LEVEL_CHANGED',
      EXCLUDE: 'EXCLUDE_CHANGED',
      // It is the lead already.
      SPAWN: 'REJECTED',
      DESPAWN: 'DESPAWNED',
      rejected: 'REJECTED',
      accepted: 'FULLNESS_CHANGED',
      fault: 'ContractFault',
      isError: true,
    });

    // What a later version of the service may send: an unknown type, and an event with unknown fields.
    const [copy] = (await rig.settled()).filter(({ channel }) => channel === petStatus.name);
    const sent = JSON.parse(String(copy?.value)) as { body: object };
    const headers = { ...(copy?.headers as Record<string, Buffer>), SEQUENCE: '900000000' };
    const records = [
      { headers, value: JSON.stringify({ ...sent, type: 'SOMETHING_NEW', body: { any: [1] } }) },
      { headers, value: JSON.stringify({ ...sent, mood: 'good', body: { ...sent.body, mood: 'good' } }) },
      // A copy, and one that comes late.
      { headers, value: JSON.stringify({ ...sent, mood: 'copy' }) },
      { headers: { ...headers, SEQUENCE: '1' }, value: JSON.stringify({ ...sent, mood: 'late' }) },
      { headers: { ...headers, SEQUENCE: '900000001' }, value: JSON.stringify({ ...sent, mood: 'last' }) },
    ];
    await rig.send(
      records.map((record) => ({ ...record, key: copy?.key ?? null, partition: 0 })),
      petStatus,
    );
    await program.has('"mood":"last"');
    expect(program.lines().flatMap(({ event }) => event?.mood ?? [])).toEqual(['good', 'last']);
    expect(program.lines().flatMap(({ unknown }) => unknown ?? [])).toEqual(['SOMETHING_NEW']);
    expect(await program.end()).toBe(0);
  });

  it('a project in TypeScript reads every event of the demo', async () => {
    const own = await createRig();
    try {
      const { url } = await own.start({ HUNGER_INTERVAL_MS: '3000' });
      const environment = { ...own.environment, PET_SERVICE_URL: url, HUNGER_INTERVAL_MS: '3000' };
      const [petId = 0] = await createPets(own.database, 8_102, 1);
      const project = await strangers.project('typescript');
      await succeed(bin('tsc'), ['-p', '.'], project);
      const program = begin('main.js', project, { ...environment, OWNER: '8102', PET: String(petId) });
      await succeed(process.execPath, ['scripts/run.mjs', 'demo'], ROOT, environment);
      await program.has('"ready":true');
      // Pets get hungry for ever: what is published up to now is compared.
      const published = (await own.settled())
        .filter(({ channel }) => channel === petStatus.name)
        .map(({ value }) => String(value));
      const missing = () => {
        const read = new Set(program.lines().flatMap(({ event }) => (event ? [JSON.stringify(event)] : [])));
        return published.filter((value) => !read.has(JSON.stringify(JSON.parse(value))));
      };
      await until(
        () => `not all events are read:\n${missing().join('\n')}`,
        () => Promise.resolve(missing().length === 0),
      );
      expect(new Set(published.map((value) => (JSON.parse(value) as { type: string }).type)).size).toBe(10);
      expect(await program.end()).toBe(0);
    } finally {
      await own.close();
    }
  });

  it('a project in CommonJS sends a command and gets its answer', async () => {
    const [petId = 0] = await createPets(rig.database, 8_103, 1);
    const project = await strangers.project('commonjs');
    const output = await succeed(process.execPath, ['main.cjs'], project, {
      ...rig.environment,
      OWNER: '8103',
      PET: String(petId),
    });
    expect(JSON.parse(output.trim().split('\n').at(-1) ?? '')).toEqual({
      type: 'CLOSENESS_CHANGED',
      isFault: true,
      decoded: 'message',
    });
  });

  it('the programs of the README run as they are', async () => {
    const [petId = 0] = await createPets(rig.database, 8_104, 1);
    const project = await strangers.project('javascript');
    const readme = join(project, 'node_modules/@pet-service/contract/README.md');
    const [producer = '', consumer = '', fake = ''] = await codeBlocks(readme, 'js');
    for (const [name, code] of Object.entries({ producer, consumer, fake }))
      await writeFile(join(project, `${name}.js`), code);
    // Ten lines each: what a reader takes in at once.
    for (const code of [producer, consumer])
      expect(code.trim().split('\n').filter(Boolean).length).toBeLessThanOrEqual(10);
    expect(await succeed(process.execPath, ['fake.js'], project)).toContain('CLOSENESS_CHANGED');
    expect(await succeed(process.execPath, ['producer.js'], project, rig.environment)).toContain('PET_NOT_FOUND');

    const reader = begin('consumer.js', project);
    const despawn = { actorId: 8_104, petId, type: 'DESPAWN' } as const;
    // A new group begins with the next event when it has its partitions, which cannot be seen from outside.
    await until('the consumer reads nothing', async () => {
      await rig.send([command(spawn(8_104, petId)), command(despawn)]);
      return reader.contains(`pet ${String(petId)} is spawned in slot 0`);
    });
  });
});
