import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../src/config.ts';
import { CATALOGUE, readPetTemplates } from '../../src/reference/pet-templates.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'templates-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: unknown) {
  const path = join(folder, 'templates.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readPetTemplates(path);
}

const skill = { commandId: 0, probability: 12.5, increase: 3 };

describe('the catalogue that ships', () => {
  it('has at least 20 templates of pet ids, each with hunger and tricks', async () => {
    const templates = await readPetTemplates(CATALOGUE);
    expect(templates.size).toBeGreaterThanOrEqual(20);
    for (const [id, { hunger, skills }] of templates) {
      expect(Math.floor(id / 10_000)).toBe(500);
      expect(hunger).toBeGreaterThan(0);
      expect(skills.size).toBeGreaterThan(0);
    }
  });
});

describe('a catalogue file', () => {
  it('is read into templates', async () => {
    const templates = await read([{ templateId: 7, hunger: 6, skills: [skill] }]);
    expect(templates.get(7)).toEqual({ hunger: 6, skills: new Map([[0, { probability: 12.5, increase: 3 }]]) });
  });

  it('is rejected with all its faults at once', async () => {
    const rejected = read([
      { templateId: 0, hunger: 101, skills: [{ ...skill, probability: 101 }] },
      { templateId: 2, skills: [{ ...skill, increase: -1, extra: 1 }] },
    ]);
    await expect(rejected).rejects.toThrow(ConfigError);
    for (const fault of [
      '/0/templateId must be >= 1',
      '/0/hunger must be <= 100',
      '/0/skills/0/probability must be <= 100',
      "/1 must have required property 'hunger'",
      '/1/skills/0/increase must be >= 0',
      '/1/skills/0 must NOT have additional properties (extra)',
    ]) {
      await expect(rejected).rejects.toThrow(fault);
    }
  });

  it('is rejected if it has a template or a trick twice', async () => {
    const rejected = read([
      { templateId: 7, hunger: 1, skills: [skill, skill] },
      { templateId: 7, hunger: 1, skills: [] },
    ]);
    await expect(rejected).rejects.toThrow(/templateId 7 appears twice\n.*template 7 has commandId 0 twice/);
  });

  it.each([
    ['{', /is not JSON/],
    ['{}', /the file must be array/],
  ])('is rejected if its text is %s', async (content, fault) => {
    await expect(read(content)).rejects.toThrow(fault);
  });

  it('is named in the error if it does not exist', async () => {
    await expect(readPetTemplates('nowhere.json')).rejects.toThrow(
      /pet templates, nowhere\.json: cannot be read: .*ENOENT/,
    );
  });
});
