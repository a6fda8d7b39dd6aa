import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DOCUMENT, generate, PACKAGE, run, withFolder } from './command.ts';

const require = createRequire(import.meta.url);

/** Code that uses the package of other.asyncapi.yaml, and prints the results. */
const USER = `
import { plantNews } from './contract/channels/plant-news.js';
import { sensorReading } from './contract/channels/sensor-reading.js';
import { wateringPlan } from './contract/channels/watering-plan.js';
import { channels } from './contract/channels.js';
import { plannedExamples } from './contract/examples.js';
import type { PlantNewsHeaders, Season } from './contract/headers.js';
import type { Color, PlantNews, PlantNewsHandlers } from './contract/messages/plant-news.js';
import type { SensorReading, SensorReadingHandler } from './contract/messages/sensor-reading.js';
import { dropped, planned } from './contract/messages/watering-plan.js';
import type { WateringPlan } from './contract/messages/watering-plan.js';

const season: Season = 'DRY';
const headers: PlantNewsHeaders = { 'house-id': '083839c6-c47c-42a6-9585-76492795d123', season };
const color: Color = 'red';
const bloomed: PlantNews = { plant: 7, mark: 'b', kind: 'bloomed', color };
const handlers: PlantNewsHandlers<null, string> = { wilted: () => 'water', bloomed: (news) => news.color };
const onReading: SensorReadingHandler<null, number> = (reading: SensorReading) => reading.value;
const plan: WateringPlan = planned({ beds: [1, 2], by: { name: 'Ann' } });
const json = (value: string) => ({ key: null, value: Buffer.from(value) });

console.log(JSON.stringify({
  names: channels.map((channel) => channel.name),
  config: wateringPlan.config,
  round: plantNews.decode(plantNews.encode(bloomed, headers)),
  zones: ['a,b', 'ßßßßß', 'a,b,c', 'abcdef', 'A'].map((zones) => {
    const decoded = plantNews.decode(plantNews.encode(bloomed, { ...headers, zones }));
    return decoded.kind === 'message' ? (decoded.headers.zones ?? 'dropped') : decoded.kind;
  }),
  key: plantNews.encode(bloomed, headers).key?.toString('hex'),
  skipped: plantNews.decode(json('{"kind":"eaten"}')),
  invalid: plantNews.decode({ ...json('{"kind":"wilted"}'), headers: { ...headers, season: 'COLD' } }),
  reading: sensorReading.decode(json('{"unit":"lux","sensor":1,"value":2.5,"type":3}')),
  broken: sensorReading.decode(json('{"unit":"lux","sensor":9007199254740992,"value":1}')),
  unlucky: sensorReading.decode(json('{"unit":"lux","sensor":13,"value":1}')),
  plan: wateringPlan.encode(plan).value?.toString(),
  dropped: wateringPlan.encode(dropped({ bed: 3 })).value?.toString(),
  handled: handlers.bloomed({ plant: 7, mark: 'b', kind: 'bloomed', color }, null) + String(onReading({ unit: 'lux', sensor: 1, value: 2 }, null)),
  closed: wateringPlan.check({ ...plan, times: [{ hour: 6, minute: 30 }] }),
  tooMany: wateringPlan.check({ ...plan, beds: [1, 2, 3, 4] }),
  examples: plannedExamples.map((example) => wateringPlan.check(example.payload) ?? 'valid'),
}));
`;

describe('the generator', () => {
  it('generates a package that compiles and works from a document of another domain', async () => {
    await withFolder(async (folder) => {
      const output = join(folder, 'contract');
      expect(await generate(DOCUMENT, '--output', output)).toMatchObject({ code: 0 });

      await writeFile(join(folder, 'user.ts'), USER);
      await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
      await symlink(
        resolve(dirname(require.resolve('@types/node/package.json')), '../..'),
        join(folder, 'node_modules'),
      );
      await writeFile(
        join(folder, 'tsconfig.json'),
        JSON.stringify({
          extends: join(PACKAGE, 'tsconfig.json'),
          compilerOptions: { noEmit: true, rootDir: '.' },
          include: ['user.ts', 'contract'],
        }),
      );
      expect(await run(require.resolve('typescript/bin/tsc'), ['-p', folder])).toMatchObject({ stdout: '', code: 0 });

      const { stdout, stderr } = await run(join(folder, 'user.ts'), []);
      expect(stderr).toBe('');
      const headers = { 'house-id': '083839c6-c47c-42a6-9585-76492795d123', season: 'DRY' };
      expect(JSON.parse(stdout)).toEqual({
        names: ['plantNews', 'sensorReading', 'wateringPlan'],
        config: { 'cleanup.policy': 'compact,delete' },
        round: { kind: 'message', message: { plant: 7, mark: 'b', kind: 'bloomed', color: 'red' }, headers },
        zones: ['a,b', 'ßßßßß', 'dropped', 'dropped', 'dropped'],
        key: '0700000000000000',
        skipped: { kind: 'skip', type: 'eaten' },
        invalid: {
          kind: 'invalid',
          code: 'INVALID_HEADERS',
          pointer: '/season',
          sentence: 'is a header that must be one of WET, DRY',
        },
        // Without a discriminator, "type" is an ordinary field.
        reading: { kind: 'message', message: { unit: 'lux', sensor: 1, value: 2.5, type: 3 }, headers: {} },
        broken: {
          kind: 'invalid',
          code: 'INVALID_PAYLOAD',
          pointer: '/sensor',
          sentence: 'must be <= 9007199254740991',
        },
        unlucky: { kind: 'invalid', code: 'INVALID_PAYLOAD', pointer: '/sensor', sentence: 'must keep the rule not' },
        plan: '{"kind":"planned","beds":[1,2],"by":{"name":"Ann"}}',
        dropped: '{"kind":"dropped","bed":3,"body":{}}',
        handled: 'red2',
        closed: { pointer: '/times/0/minute', sentence: 'is not in the contract' },
        tooMany: { pointer: '/beds', sentence: 'must have at most 3 items' },
        examples: ['valid'],
      });
    });
  });

  it('leaves no other files in the folder of its templates', async () => {
    expect(await readdir(join(PACKAGE, 'templates'))).not.toContain('__transpiled');
    expect(await readFile(join(PACKAGE, 'templates/package.json'), 'utf8')).toMatch(/"react"/);
  });
});
