import { describe, expect, it } from '@jest/globals';
import type { Client } from '../../src/reference/client.ts';
import { remoteSkills } from '../../src/reference/skills.ts';
import { FailedQuestionError, OutageError } from '../../src/reference/source.ts';
import { ASKER } from '../support/asker.ts';
import { embeddedReferences, servicesForAll } from '../support/stub.ts';

describe('the multi-pet skill', () => {
  const services = servicesForAll();

  it('is requested each time', async () => {
    const { multiPetSkill } = services.sources;
    expect(await multiPetSkill.ask(ASKER, 1)).toBe(true);
    // It is on the second page.
    expect(services.stub.requests.skills).toBe(2);
    expect(multiPetSkill.answerAtHand(ASKER, 1)).toBeUndefined();
  });

  it('is false if the list has neither of its ids', async () => {
    const before = services.stub.requests.skills;
    expect(await services.sources.multiPetSkill.ask(ASKER, 9)).toBe(false);
    expect(services.stub.requests.skills).toBe(before + 1);
  });

  it('is false if the service does not know the character', async () => {
    services.stub.fail('skills', '404', 11);
    expect(await services.sources.multiPetSkill.ask(ASKER, 11)).toBe(false);
  });

  it('is a failed question if the service answers 500 3 times', async () => {
    services.stub.fail('skills', '500', 12);
    await expect(services.sources.multiPetSkill.ask(ASKER, 12)).rejects.toThrow(FailedQuestionError);
  });

  it('is an outage if the service does not answer 3 times', async () => {
    services.stub.fail('skills', 'refused');
    const before = services.stub.requests.skills;
    await expect(services.sources.multiPetSkill.ask(ASKER, 1)).rejects.toThrow(OutageError);
    expect(services.stub.requests.skills).toBe(before + 3);
    expect(services.sources.multiPetSkill.isInOutage?.()).toBe(true);
    services.stub.fail('skills', undefined);
    await services.sources.multiPetSkill.ask(ASKER, 1);
    expect(services.sources.multiPetSkill.isInOutage?.()).toBe(false);
  });

  it('is true without a service', async () => {
    const { multiPetSkill } = embeddedReferences().sources;
    expect(multiPetSkill.answerAtHand(ASKER, 1)).toEqual({ answer: true });
    expect(await multiPetSkill.ask(ASKER, 1)).toBe(true);
  });
});

/** Returns a source whose service answers with these pages, and the requested paths. */
function pagesOf(...pages: readonly unknown[]) {
  const paths: string[] = [];
  const get: Client['get'] = (_asker, path, read) => {
    paths.push(path);
    const number = Number(/\?page\[number\]=(\d+)$/.exec(path)?.[1] ?? 1);
    return Promise.resolve(read(pages[number - 1]));
  };
  return { paths, has: () => remoteSkills({ get, outage: undefined }).ask(ASKER, 3) };
}
const skill = (id: string, level: unknown = 1) => ({ type: 'skills', id, attributes: { level } });
const OTHER = skill('8');

describe('the level of the skill', () => {
  it.each([
    [{ 1_008: 1 }, true],
    [{ 1_008: 0, 10_001_008: 20 }, true],
    [{ 10_001_008: 1 }, true],
    [{ 1_008: 0, 10_001_008: 0 }, false],
    [{ 1_008: 0, 1_009: 1 }, false],
    [{}, false],
  ])('of %j allows several pets: %j', async (levels: Readonly<Record<string, number>>, enough) => {
    const data = Object.entries(levels).map(([id, level]) => skill(id, level));
    expect(await pagesOf({ data }).has()).toBe(enough);
  });
});

describe('the list of skills', () => {
  const meta = (last: number) => ({ total: 9, page: { number: 1, size: 1, last } });

  it('is read page by page, until the skill is found', async () => {
    const page = (data: unknown[]) => ({ data, meta: meta(4) });
    const { has, paths } = pagesOf(page([OTHER]), page([OTHER]), page([skill('1008')]), page([OTHER]));
    expect(await has()).toBe(true);
    const path = 'characters/3/skills';
    expect(paths).toEqual([path, `${path}?page[number]=2`, `${path}?page[number]=3`]);
  });

  it('ends with the last page that the latest page names, or with an empty one', async () => {
    const { has, paths } = pagesOf(
      { data: [OTHER], meta: meta(2) },
      { data: [OTHER], meta: meta(3) },
      { data: [], meta: meta(9) },
    );
    expect(await has()).toBe(false);
    expect(paths).toHaveLength(3);
  });

  it('may come without page numbers', async () => {
    const { has, paths } = pagesOf({ data: [OTHER] });
    expect(await has()).toBe(false);
    expect(paths).toHaveLength(1);
  });

  it('of more than 100 pages is an outage', async () => {
    const endless = Array.from({ length: 200 }, () => ({ data: [OTHER], meta: meta(4_294_967_295) }));
    await expect(pagesOf(...endless).has()).rejects.toThrow('more than 100 pages');
  });

  it.each([
    {},
    { data: {} },
    { data: [{}] },
    { data: [skill('1008', '1')] },
    { data: [], meta: { page: { last: -1 } } },
  ])('is rejected if a page is %j', async (page) => {
    await expect((async () => pagesOf(page).has())()).rejects.toThrow(/must/);
  });
});
