/** TypeScript types of the messages, by Modelina: interfaces with exactly the names on the wire. */
import { TypeScriptGenerator } from '@asyncapi/modelina';
import type { Channel } from './contract.ts';
import { ContractError } from './document.ts';
import type { Schema } from './document.ts';
import { docComment } from './words.ts';

export interface Model {
  readonly name: string;
  readonly code: string;
}

// Modelina's defaults make classes with private fields and call a field `type` `reservedType`.
const generator = new TypeScriptGenerator({
  modelType: 'interface',
  enumType: 'union',
  mapType: 'record',
  rawPropertyNames: true,
  processorOptions: { interpreter: { ignoreAdditionalProperties: true } },
  presets: [
    {
      interface: {
        self({ model }) {
          const fields = Object.values(model.properties).map(({ unconstrainedPropertyName, property, required }) => {
            const { type, options, originalInput } = property;
            const schema = originalInput as MarkedSchema;
            const fixed = options.const?.value as string | undefined;
            const nullable = schema[NULLABLE] === true ? ' | null' : '';
            return [
              ...(schema.description === undefined ? [] : [docComment(schema.description)]),
              `readonly '${unconstrainedPropertyName}'${required ? '' : '?'}: ${fixed ?? readonlyType(type)}${nullable};`,
            ].join('\n');
          });
          const { description } = model.originalInput as Schema;
          return `${docComment(description)}\nexport interface ${model.name} {\n${fields.join('\n')}\n}`;
        },
      },
      enum: {
        self({ model, content }) {
          return `${docComment((model.originalInput as Schema).description)}\nexport ${content}`;
        },
      },
    },
  ],
});

/** The types of a channel's payloads and of what is in them, each once, in the order of the document. */
export async function modelsOf(channel: Channel, source: string): Promise<Model[]> {
  const models = new Map<string, string>();
  for (const { payload, payloadType } of channel.messages) {
    const rendered = await generator.generate({
      $schema: 'http://json-schema.org/draft-07/schema#',
      ...(marked(payload) as object),
    });
    const inOrder = rendered.toSorted(
      (a, b) => Number(b.modelName === payloadType) - Number(a.modelName === payloadType),
    );
    for (const { modelName, result } of inOrder) {
      const code = result.trim();
      if ((models.get(modelName) ?? code) !== code) {
        throw new ContractError(source, [`channels.${channel.name} has two different schemas called ${modelName}`]);
      }
      models.set(modelName, code);
    }
  }
  return [...models].map(([name, code]) => ({ name, code }));
}

// Modelina makes `any` of an object that may be null, so null is taken off before and written by the preset.
const NULLABLE = 'x-nullable';
type MarkedSchema = Schema & { readonly [NULLABLE]?: boolean };

/** The schema with its title as `$id` (what Modelina names it by), and null types marked instead of listed. */
function marked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(marked);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    if (name === 'properties') {
      const properties = Object.entries(item as Record<string, unknown>);
      copy[name] = Object.fromEntries(properties.map(([key, property]) => [key, marked(property)]));
    } else if (name === 'title') copy['$id'] = item;
    // Part of the type where a value has to be chosen, not where it is read.
    else if (name !== 'default' && name !== 'discriminator') copy[name] = marked(item);
  }
  if (Array.isArray(copy['type']) && copy['type'].includes('null')) {
    const types = copy['type'].filter((type) => type !== 'null');
    copy['type'] = types.length === 1 ? types[0] : types;
    copy[NULLABLE] = true;
  }
  return copy;
}

function readonlyType(type: string): string {
  return type.endsWith('[]') ? `readonly ${type}` : type;
}
