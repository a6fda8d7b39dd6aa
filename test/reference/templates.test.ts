import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { UNKNOWN_TEMPLATE } from '../../src/domain/template.ts';
import type { StubTemplate } from '../../scripts/services/answers.ts';
import type { Client } from '../../src/reference/client.ts';
import { ReferenceError } from '../../src/reference/source.ts';
import { askedTemplates } from '../../src/reference/templates.ts';
import { ASKER } from '../support/asker.ts';
import { CATALOGUE, embeddedReferences, stubbedReferences } from '../support/stub.ts';
import type { StubbedReferences } from '../support/stub.ts';

const TELLS = /"templateId":5000001,"msg":"unknown pet template: its pets are never hungry and know no trick"/;

describe('what the data service says of a pet template', () => {
  let asked: StubbedReferences;
  afterEach(async () => {
    expect(asked.stub.violations).toEqual([]);
    await asked.close();
  });
  async function open(template?: StubTemplate | null) {
    asked = await stubbedReferences(template === undefined ? {} : { templates: new Map([[5_000_001, template]]) });
    return asked.sources.petTemplate;
  }

  it('is its hunger and its tricks, and kept', async () => {
    const petTemplate = await open();
    expect(petTemplate.known(ASKER, 5_000_001)).toBeUndefined();
    const template = await petTemplate.ask(ASKER, 5_000_001);
    expect(template).toEqual({
      hunger: 6,
      skills: new Map([
        [0, { probability: 100, increase: 3 }],
        [1, { probability: 0, increase: 2 }],
        [2, { probability: 100, increase: 0 }],
      ]),
    });
    expect(petTemplate.known(ASKER, 5_000_001)).toEqual({ answer: template });
    expect(asked.stub.requests.data).toBe(1);
  });

  it('has no effect beyond what there is to lose and to gain', async () => {
    const skill = { commandId: 255, probability: 65_535, increase: 65_535 };
    const template = await (await open({ hungry: 4_294_967_295, skills: [skill] })).ask(ASKER, 5_000_001);
    expect(template).toEqual({ hunger: 100, skills: new Map([[255, { probability: 100, increase: 30_000 }]]) });
  });

  it('may be that there is none: logged once, and kept', async () => {
    const petTemplate = await open(null);
    expect(await petTemplate.ask(ASKER, 5_000_001)).toBe(UNKNOWN_TEMPLATE);
    expect(await petTemplate.ask({ ...ASKER, REGION: 'JMS' }, 5_000_001)).toBe(UNKNOWN_TEMPLATE);
    expect(petTemplate.known(ASKER, 5_000_001)).toEqual({ answer: UNKNOWN_TEMPLATE });
    expect(asked.logged).toHaveLength(1);
    expect(asked.logged[0]).toMatch(TELLS);
  });

  it.each([
    { hungry: -1, skills: [] },
    { hungry: 1, skills: [{ commandId: 0, probability: -1, increase: 0 }] },
    { hungry: 1, skills: [{ commandId: 0, probability: 1, increase: 65_536 }] },
  ])('is an error where it is %j', async (template) => {
    const petTemplate = await open(template);
    await expect(petTemplate.ask(ASKER, 5_000_001)).rejects.toThrow(ReferenceError);
    expect(asked.stub.requests.data).toBe(3);
    expect(petTemplate.known(ASKER, 5_000_001)).toBeUndefined();
  });
});

describe('the tricks among what is included', () => {
  it("are not other templates', nor those that nobody can command", async () => {
    const ids = ['5000001-7', '5000002-1', '15000001-2', '5000001-256', '5000001-x', '5000001', '5000001-3-4'];
    const included = ids.map((id) => ({ type: 'skills', id, attributes: { probability: 1, increase: 1 } }));
    const get: Client['get'] = (_asker, _path, read) =>
      Promise.resolve(read({ data: { attributes: { hungry: 1 } }, included }));
    const template = await askedTemplates({ get }, pino({ level: 'silent' })).ask(ASKER, 5_000_001);
    expect([...template.skills.keys()]).toEqual([7]);
  });
});

describe('what the catalogue says of a pet template', () => {
  it('counts without a service', async () => {
    const { petTemplate } = embeddedReferences().sources;
    expect(petTemplate.known(ASKER, 5_000_000)).toEqual({ answer: CATALOGUE.get(5_000_000) });
    expect(await petTemplate.ask(ASKER, 5_000_000)).toBe(CATALOGUE.get(5_000_000));
  });

  it('may be nothing: logged once', () => {
    const { sources, logged } = embeddedReferences();
    for (let time = 0; time < 2; time += 1)
      expect(sources.petTemplate.known(ASKER, 5_000_001)).toEqual({ answer: UNKNOWN_TEMPLATE });
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatch(TELLS);
  });
});
