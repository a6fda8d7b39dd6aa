import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { UNKNOWN_TEMPLATE } from '../../src/domain/pet-template.ts';
import type { StubTemplate } from '../../scripts/services/answers.ts';
import type { Client } from '../../src/reference/client.ts';
import { FailedQuestionError, OutageError } from '../../src/reference/source.ts';
import { remoteTemplates } from '../../src/reference/templates.ts';
import { ASKER } from '../support/asker.ts';
import { CATALOGUE, embeddedReferences, stubbedReferences } from '../support/stub.ts';
import type { StubbedReferences } from '../support/stub.ts';

const TELLS =
  /"templateId":5000001,"msg":"A pet has a template that neither catalogue nor data service has\. [^"]*\(TEMPLATE_UNKNOWN\)"/;

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
    expect(petTemplate.answerAtHand(ASKER, 5_000_001)).toBeUndefined();
    const template = await petTemplate.ask(ASKER, 5_000_001);
    expect(template).toEqual({
      hunger: 6,
      skills: new Map([
        [0, { probability: 100, increase: 3 }],
        [1, { probability: 0, increase: 2 }],
        [2, { probability: 100, increase: 0 }],
      ]),
    });
    expect(petTemplate.answerAtHand(ASKER, 5_000_001)).toEqual({ answer: template });
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
    expect(petTemplate.answerAtHand(ASKER, 5_000_001)).toEqual({ answer: UNKNOWN_TEMPLATE });
    expect(asked.logged).toHaveLength(1);
    expect(asked.logged[0]).toMatch(TELLS);
  });

  it.each([
    { hungry: -1, skills: [] },
    { hungry: 1, skills: [{ commandId: 0, probability: -1, increase: 0 }] },
    { hungry: 1, skills: [{ commandId: 0, probability: 1, increase: 65_536 }] },
  ])('is an error where it is %j', async (template) => {
    const petTemplate = await open(template);
    await expect(petTemplate.ask(ASKER, 5_000_001)).rejects.toThrow(OutageError);
    expect(asked.stub.requests.data).toBe(3);
    expect(petTemplate.answerAtHand(ASKER, 5_000_001)).toBeUndefined();
  });
});

describe('a template that was asked for', () => {
  const SECOND = 1_000;
  const FIRST = { hunger: 6, skills: new Map() };
  /** A data service whose answers a test sets, and a clock that it moves. */
  function opened() {
    const clock = { time: 1, now: () => clock.time };
    const service = { answer: 6 as number | undefined | Error, requests: 0 };
    const get: Client['get'] = (_asker, _path, read) => {
      service.requests += 1;
      const { answer } = service;
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(answer === undefined ? undefined : read({ data: { attributes: { hungry: answer } } }));
    };
    const templates = remoteTemplates({ get }, pino({ level: 'silent' }), clock);
    const known = () => templates.answerAtHand(ASKER, 7)?.answer;
    return { clock, service, known, ask: () => templates.ask(ASKER, 7) };
  }
  const ticks = () => new Promise((resolve) => setImmediate(resolve));
  const FAILURES = [
    ['is away', new OutageError('things', 'away')],
    ['fails', new FailedQuestionError('things', 'status 500', 'ask again')],
    ['has it no more', undefined],
  ] as const;

  it.each(FAILURES)('stays known while its service %s, which is asked every 30 s', async (_how, failure) => {
    const { clock, service, known, ask } = opened();
    await ask();
    service.answer = failure;
    clock.time += 300 * SECOND;
    expect(known()).toEqual(FIRST);
    expect(service.requests).toBe(1);
    for (let requests = 2; requests < 5; requests += 1) {
      clock.time += 31 * SECOND;
      expect([known(), known()]).toEqual([FIRST, FIRST]);
      await ticks();
      expect([known(), service.requests]).toEqual([FIRST, requests]);
      expect(await ask()).toEqual(FIRST);
      service.requests -= 1;
    }
    service.answer = 9;
    clock.time += 31 * SECOND;
    expect(known()).toEqual(FIRST);
    await ticks();
    expect(known()).toMatchObject({ hunger: 9 });
  });

  it('and is not there is asked for again after 30 s', async () => {
    const { clock, service, known, ask } = opened();
    service.answer = undefined;
    expect(await ask()).toBe(UNKNOWN_TEMPLATE);
    clock.time += 30 * SECOND;
    expect(known()).toBe(UNKNOWN_TEMPLATE);
    clock.time += 1;
    expect(known()).toBeUndefined();
    service.answer = new OutageError('things', 'away');
    await expect(ask()).rejects.toThrow('away');
    service.answer = 6;
    expect(await ask()).toEqual(FIRST);
    expect(known()).toEqual(FIRST);
  });
});

describe('the tricks among what is included', () => {
  it("are not other templates', nor those that nobody can command", async () => {
    const ids = ['5000001-7', '5000002-1', '15000001-2', '5000001-256', '5000001-x', '5000001', '5000001-3-4'];
    const included = ids.map((id) => ({ type: 'skills', id, attributes: { probability: 1, increase: 1 } }));
    const get: Client['get'] = (_asker, _path, read) =>
      Promise.resolve(read({ data: { attributes: { hungry: 1 } }, included }));
    const template = await remoteTemplates({ get }, pino({ level: 'silent' })).ask(ASKER, 5_000_001);
    expect([...template.skills.keys()]).toEqual([7]);
  });
});

describe('what the catalogue says of a pet template', () => {
  it('counts without a service', async () => {
    const { petTemplate } = embeddedReferences().sources;
    expect(petTemplate.answerAtHand(ASKER, 5_000_000)).toEqual({ answer: CATALOGUE.get(5_000_000) });
    expect(await petTemplate.ask(ASKER, 5_000_000)).toBe(CATALOGUE.get(5_000_000));
  });

  it('may be nothing: logged once', () => {
    const { sources, logged } = embeddedReferences();
    for (let time = 0; time < 2; time += 1)
      expect(sources.petTemplate.answerAtHand(ASKER, 5_000_001)).toEqual({ answer: UNKNOWN_TEMPLATE });
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatch(TELLS);
  });
});
