/** Generates the declarations of types by Modelina: interfaces with exactly the names on the wire, and aliases. */
import { TypeScriptGenerator } from '@asyncapi/modelina';
import type { Schema } from './document.ts';
import type { NamedType } from './types.ts';
import { docComment } from './words.ts';

/** A property as the preset gets it: its TypeScript is known already, so Modelina need not interpret its schema. */
interface Prepared {
  readonly 'x-text': string;
  readonly 'x-doc': string;
}

/** An interface as the preset gets it. */
interface PreparedInterface {
  readonly 'x-name': string;
  readonly 'x-doc': string;
  /** By name. Modelina loses what a property called `constructor` is. */
  readonly 'x-fields': readonly (readonly [string, Prepared])[];
  /** The type of fields without a name in the document. */
  readonly 'x-others': string | undefined;
}

// Modelina's defaults make classes with private fields and call a field `type` `reservedType`.
const generator = new TypeScriptGenerator({
  modelType: 'interface',
  rawPropertyNames: true,
  processorOptions: { jsonSchema: { ignoreAdditionalProperties: true } },
  presets: [
    {
      interface: {
        self({ model }) {
          const {
            'x-name': name,
            'x-doc': doc,
            'x-fields': prepared,
            'x-others': others,
          } = model.originalInput as PreparedInterface;
          const byName = new Map(prepared);
          const fields = Object.values(model.properties).map(({ unconstrainedPropertyName: field, required }) => {
            const { 'x-text': text = 'unknown', 'x-doc': fieldDoc = '' } = byName.get(field) ?? {};
            const declared = `readonly ${JSON.stringify(field)}${required ? '' : '?'}: ${text};`;
            return [fieldDoc, declared].filter((line) => line !== '').join('\n');
          });
          if (others !== undefined) fields.push(`readonly [name: string]: ${others};`);
          return `${doc}\nexport interface ${name} {\n${fields.join('\n')}\n}`;
        },
      },
    },
  ],
});

/** Returns the declaration of a type. */
export async function declarationOf(type: NamedType): Promise<string> {
  const { name, schema, properties, others, text } = type;
  const doc = docComment(schema.description);
  if (properties === undefined) return `${doc}\nexport type ${name} = ${text ?? 'unknown'};`.trim();
  const prepared = [...properties].map(([field, fieldText]): [string, Prepared] => {
    const { description } = propertyOf(schema, field);
    return [field, { 'x-text': fieldText, 'x-doc': docComment(description) }];
  });
  const models = await generator.generate({
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: name,
    type: 'object',
    required: schema.required?.filter((field) => properties.has(field)) ?? [],
    properties: Object.fromEntries(prepared.map(([field]) => [field, { type: 'string' }])),
    ...({ 'x-name': name, 'x-doc': doc, 'x-fields': prepared, 'x-others': others } satisfies PreparedInterface),
  });
  const [model] = models;
  if (models.length !== 1 || model === undefined)
    throw new Error(`Modelina made ${String(models.length)} types of ${name}, not one`);
  return model.result.trim();
}

function propertyOf(schema: Schema, field: string): Schema {
  const property: unknown = schema.properties?.[field];
  return typeof property === 'object' && property !== null ? property : {};
}
