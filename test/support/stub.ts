import { afterAll, beforeAll, expect } from '@jest/globals';
import { pino } from 'pino';
import type { PetTemplate } from '../../src/domain/pet-template.ts';
import { REFERENCE_LIMITS } from '../../src/reference/limits.ts';
import type { ReferenceLimits } from '../../src/reference/limits.ts';
import { openReferences } from '../../src/reference/references.ts';
import type { OpenReferences, ReferenceOptions } from '../../src/reference/references.ts';
import { startStub } from '../../scripts/services/stub.ts';
import type { Stub, StubOptions } from '../../scripts/services/stub.ts';

export interface StubbedReferences extends OpenReferences {
  readonly stub: Stub;
  /** The lines of the log, as JSON. */
  readonly logged: string[];
}

/** The catalogue without reference services. */
export const CATALOGUE: ReadonlyMap<number, PetTemplate> = new Map([
  [5_000_000, { hunger: 1, skills: new Map([[7, { probability: 50, increase: 2 }]]) }],
]);

/** Starts stubs of all services, and the sources that send requests to them. */
export async function stubbedReferences(
  options?: StubOptions,
  limits?: Partial<ReferenceLimits>,
): Promise<StubbedReferences> {
  const stub = await startStub(options);
  const { baseUrl } = stub;
  const baseUrls = { characters: baseUrl, data: baseUrl, inventory: baseUrl, skills: baseUrl };
  const { logged, ...references } = openLogged({ baseUrls, limits: { ...REFERENCE_LIMITS, ...limits } });
  return {
    ...references,
    stub,
    logged,
    async close() {
      await references.close();
      await stub.close();
    },
  };
}

/** Starts all services for all tests of a `describe`, and expects at the end that no request broke a rule of its API. */
export function servicesForAll(limits?: Partial<ReferenceLimits>): StubbedReferences {
  const services = {} as StubbedReferences;
  beforeAll(async () => {
    Object.assign(services, await stubbedReferences({}, limits));
  });
  afterAll(async () => {
    expect(services.stub.violations).toEqual([]);
    await services.close();
  });
  return services;
}

/** Opens the references without services. */
export function embeddedReferences() {
  return openLogged({ baseUrls: {} });
}

function openLogged(options: Pick<ReferenceOptions, 'baseUrls' | 'limits'>) {
  const logged: string[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void logged.push(line) });
  return { ...openReferences({ ...options, templates: CATALOGUE, log }), logged };
}
