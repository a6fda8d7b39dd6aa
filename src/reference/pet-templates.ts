import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../config.ts';
import type { PetTemplate } from '../domain/pet-template.ts';
import { mustExist } from '../invariant.ts';
import { createAjv } from '../json-schema.ts';
import { messageOf } from '../waiting.ts';

/** The catalogue that ships with the project. */
export const CATALOGUE = fileURLToPath(new URL('pet-templates.json', import.meta.url));

interface CatalogueTemplate {
  readonly templateId: number;
  readonly name?: string;
  readonly hunger: number;
  readonly skills: readonly { readonly commandId: number; readonly probability: number; readonly increase: number }[];
}

const integer = (minimum: number, maximum: number) => ({ type: 'integer', minimum, maximum });
const object = (properties: object, required: readonly string[]) => {
  return { type: 'object', additionalProperties: false, required, properties };
};

const SCHEMA = {
  type: 'array',
  items: object(
    {
      templateId: integer(1, 4_294_967_295),
      name: { type: 'string' },
      hunger: integer(0, 100),
      skills: {
        type: 'array',
        items: object(
          {
            commandId: integer(0, 255),
            probability: { type: 'number', minimum: 0, maximum: 100 },
            increase: integer(0, 30_000),
          },
          ['commandId', 'probability', 'increase'],
        ),
      },
    },
    ['templateId', 'hunger', 'skills'],
  ),
};

/**
 * Reads a catalogue of pet templates: a JSON array, see docs/configuration.md.
 *
 * @returns the templates by templateId.
 * @throws {ConfigError} with every fault of the file and its location.
 */
export async function readPetTemplates(path: string): Promise<ReadonlyMap<number, PetTemplate>> {
  const entries = await readCatalogue(path);
  return new Map(
    entries.map(({ templateId, hunger, skills }) => [
      templateId,
      {
        hunger,
        skills: new Map(skills.map(({ commandId, probability, increase }) => [commandId, { probability, increase }])),
      },
    ]),
  );
}

async function readCatalogue(path: string): Promise<readonly CatalogueTemplate[]> {
  const invalid = (faults: readonly string[]) =>
    new ConfigError(
      faults.map((fault) => `pet templates, ${path}: ${fault}`),
      'PET_TEMPLATES_INVALID',
    );
  let data: unknown;
  try {
    data = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw invalid([`${error instanceof SyntaxError ? 'is not JSON' : 'cannot be read'}: ${messageOf(error)}`]);
  }
  const ajv = createAjv({ allErrors: true });
  if (!ajv.validate<readonly CatalogueTemplate[]>(SCHEMA, data)) {
    throw invalid(
      mustExist(ajv.errors ?? undefined, 'the faults of an invalid catalogue').map(
        ({ instancePath, message = '', params }) => {
          const extra = (params as { additionalProperty?: string }).additionalProperty;
          return `${instancePath || 'the file'} ${message}${extra === undefined ? '' : ` (${extra})`}`;
        },
      ),
    );
  }
  const twice = [
    ...doubled(data, ({ templateId }) => templateId).map((id) => `templateId ${String(id)} appears twice`),
    ...data.flatMap(({ templateId, skills }) =>
      doubled(skills, ({ commandId }) => commandId).map(
        (id) => `template ${String(templateId)} has commandId ${String(id)} twice`,
      ),
    ),
  ];
  if (twice.length > 0) throw invalid(twice);
  return data;
}

function doubled<Item>(items: readonly Item[], idOf: (item: Item) => number): number[] {
  return [...Map.groupBy(items, idOf)].filter(([, all]) => all.length > 1).map(([id]) => id);
}
