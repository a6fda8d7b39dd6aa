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

const TEMPLATE_UNKNOWN_LINE =
  /"templateId":5000001,"msg":"A pet has a template that neither the catalogue nor the data service has\. [^"]*\(TEMPLATE_UNKNOWN\)"/;

describe('a pet template of the data service', () => {
  let services: StubbedReferences;
  afterEach(async () => {
    expect(services.stub.violations).toEqual([]);
    await services.close();
  });
  async function open(template?: StubTemplate | null) {
    services = await stubbedReferences(template === undefined ? {} : { templates: new Map([[5_000_001, template]]) });
    return services.sources.petTemplate;
  }

  it('has hunger and tricks, and is cached', async () => {
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
    expect(services.stub.requests.data).toBe(1);
  });

  it('has hunger, probability and increase limited to their maximums', async () => {
    const skill = { commandId: 255, probability: 65_535, increase: 65_535 };
    const template = await (await open({ hungry: 4_294_967_295, skills: [skill] })).ask(ASKER, 5_000_001);
    expect(template).toEqual({ hunger: 100, skills: new Map([[255, { probability: 100, increase: 30_000 }]]) });
  });

  it('that does not exist is logged once, and cached', async () => {
    const petTemplate = await open(null);
    expect(await petTemplate.ask(ASKER, 5_000_001)).toBe(UNKNOWN_TEMPLATE);
    expect(await petTemplate.ask({ ...ASKER, REGION: 'JMS' }, 5_000_001)).toBe(UNKNOWN_TEMPLATE);
    expect(petTemplate.answerAtHand(ASKER, 5_000_001)).toEqual({ answer: UNKNOWN_TEMPLATE });
    expect(services.logged).toHaveLength(1);
    expect(services.logged[0]).toMatch(TEMPLATE_UNKNOWN_LINE);
  });

  it.each([
    { hungry: -1, skills: [] },
    { hungry: 1, skills: [{ commandId: 0, probability: -1, increase: 0 }] },
    { hungry: 1, skills: [{ commandId: 0, probability: 1, increase: 65_536 }] },
  ])('is rejected if it is %j', async (template) => {
    const petTemplate = await open(template);
    await expect(petTemplate.ask(ASKER, 5_000_001)).rejects.toThrow(OutageError);
    expect(services.stub.requests.data).toBe(3);
    expect(petTemplate.answerAtHand(ASKER, 5_000_001)).toBeUndefined();
  });
});

describe('a cached template', () => {
  const SECOND_MS = 1_000;
  const FIRST = { hunger: 6, skills: new Map() };
  /** Returns templates of a data service whose answers a test sets, and a clock that it moves. */
  function cachedTemplate() {
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
  const nextTick = () => new Promise((resolve) => setImmediate(resolve));
  const FAILURES = [
    ['is in an outage', new OutageError('things', 'away')],
    ['answers 500', new FailedQuestionError('things', 'status 500', 'ask again')],
    ['no longer has it', undefined],
  ] as const;

  it.each(FAILURES)('stays known while its service %s, and is requested every 30 s', async (_how, failure) => {
    const { clock, service, known, ask } = cachedTemplate();
    await ask();
    service.answer = failure;
    clock.time += 300 * SECOND_MS;
    expect(known()).toEqual(FIRST);
    expect(service.requests).toBe(1);
    for (let requests = 2; requests < 5; requests += 1) {
      clock.time += 31 * SECOND_MS;
      expect([known(), known()]).toEqual([FIRST, FIRST]);
      await nextTick();
      expect([known(), service.requests]).toEqual([FIRST, requests]);
      expect(await ask()).toEqual(FIRST);
      service.requests -= 1;
    }
    service.answer = 9;
    clock.time += 31 * SECOND_MS;
    expect(known()).toEqual(FIRST);
    await nextTick();
    expect(known()).toMatchObject({ hunger: 9 });
  });

  it('that did not exist is requested again after 30 s', async () => {
    const { clock, service, known, ask } = cachedTemplate();
    service.answer = undefined;
    expect(await ask()).toBe(UNKNOWN_TEMPLATE);
    clock.time += 30 * SECOND_MS;
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

describe('the tricks among the included resources', () => {
  it('do not include those of other templates, or with an invalid command id', async () => {
    const ids = ['5000001-7', '5000002-1', '15000001-2', '5000001-256', '5000001-x', '5000001', '5000001-3-4'];
    const included = ids.map((id) => ({ type: 'skills', id, attributes: { probability: 1, increase: 1 } }));
    const get: Client['get'] = (_asker, _path, read) =>
      Promise.resolve(read({ data: { attributes: { hungry: 1 } }, included }));
    const template = await remoteTemplates({ get }, pino({ level: 'silent' })).ask(ASKER, 5_000_001);
    expect([...template.skills.keys()]).toEqual([7]);
  });
});

describe('a pet template of the catalogue', () => {
  it('is used without a service', async () => {
    const { petTemplate } = embeddedReferences().sources;
    expect(petTemplate.answerAtHand(ASKER, 5_000_000)).toEqual({ answer: CATALOGUE.get(5_000_000) });
    expect(await petTemplate.ask(ASKER, 5_000_000)).toBe(CATALOGUE.get(5_000_000));
  });

  it('that does not exist is logged once', () => {
    const { sources, logged } = embeddedReferences();
    for (let time = 0; time < 2; time += 1)
      expect(sources.petTemplate.answerAtHand(ASKER, 5_000_001)).toEqual({ answer: UNKNOWN_TEMPLATE });
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatch(TEMPLATE_UNKNOWN_LINE);
  });
});
