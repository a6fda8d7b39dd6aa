/** Every schema that the service compiles is valid: Ajv does not check that at the start of the service. */
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { Ajv } from 'ajv';

it('every schema of the service is a valid JSON Schema', async () => {
  const compile = jest.spyOn(Ajv.prototype, 'compile');
  // Some files compile their schemas while they are loaded.
  for (const path of globSync('src/reference/*.ts')) await import(resolve(path));
  const { compileValidator } = await import('../src/http/body.ts');
  const { createSchema } = await import('../src/http/pet-resource.ts');
  for (const isOwnerInPath of [false, true]) compileValidator({ schema: createSchema(isOwnerInPath) });
  const { CATALOGUE, readPetTemplates } = await import('../src/reference/pet-templates.ts');
  await readPetTemplates(CATALOGUE);
  const { readConfig } = await import('../src/config.ts');
  readConfig({ KAFKA_BROKERS: 'broker:9092', DATABASE_URL: 'postgresql://pets@database/pets' });

  const schemas = compile.mock.calls.map(([schema]) => schema);
  compile.mockRestore();
  // One field of each kind of schema: answers of other services, requests, pet templates, variables.
  const text = JSON.stringify(schemas);
  for (const field of ['hungry', 'cashId', 'templateId', 'KAFKA_BROKERS']) expect(text).toContain(`"${field}":`);
  const checker = new Ajv();
  for (const schema of schemas) expect(checker.validateSchema(schema) ? [] : checker.errors).toEqual([]);
});
