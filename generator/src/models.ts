/** Generates TypeScript types of the messages by Modelina: interfaces with exactly the names on the wire. */
import { TypeScriptGenerator } from '@asyncapi/modelina';
import type { ContractChannel } from './shape.ts';
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
  processorOptions: { jsonSchema: { ignoreAdditionalProperties: true } },
  presets: [
    {
      interface: {
        self({ model }) {
          const fields = Object.values(model.properties).map(({ unconstrainedPropertyName, property, required }) => {
            const schema = property.originalInput as MarkedSchema;
            const fixed = property.options.const?.value as string | undefined;
            const nullable = schema[NULLABLE] === true ? ' | null' : '';
            return [
              ...(schema.description === undefined ? [] : [docComment(schema.description)]),
              `readonly '${unconstrainedPropertyName}'${required ? '' : '?'}: ${fixed ?? typeOf(schema, property.type)}${nullable};`,
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

/** Returns the types of a channel's payloads and of their fields, each once, in the order of the document. */
export async function modelsOf(channel: ContractChannel, source: string): Promise<Model[]> {
  const models = new Map<string, string>();
  for (const { payload, payloadType } of channel.messages) {
    const rendered = await generator.generate({
      $schema: 'http://json-schema.org/draft-07/schema#',
      ...(marked(payload, channel.direction) as object),
    });
    const inOrder = rendered
      .filter(({ model }) => (model.originalInput as MarkedSchema)[EMPTY] === undefined)
      .sort((a, b) => Number(b.modelName === payloadType) - Number(a.modelName === payloadType));
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

// Modelina makes `any` of an object that may be null, so null is removed before and written by the preset.
const NULLABLE = 'x-nullable';
// It makes `Record<string, any>` of an object without fields, but the type depends on the sender. Closed, the object becomes a model
// with our mark, which is not written.
const EMPTY = 'x-empty';
type MarkedSchema = Schema & { readonly [NULLABLE]?: boolean; readonly [EMPTY]?: ContractChannel['direction'] };

/** Returns the schema with its title as `$id` (Modelina's source of names), and null types marked instead of listed. */
function marked(value: unknown, direction: ContractChannel['direction']): unknown {
  if (Array.isArray(value)) return value.map((item) => marked(item, direction));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    if (name === 'properties') {
      const properties = Object.entries(item as Record<string, unknown>);
      copy[name] = Object.fromEntries(properties.map(([key, property]) => [key, marked(property, direction)]));
    } else if (name === 'title') copy['$id'] = item;
    // They matter when a value is chosen, not for its type.
    else if (name !== 'default' && name !== 'discriminator') copy[name] = marked(item, direction);
  }
  if (Array.isArray(copy['type']) && copy['type'].includes('null')) {
    const types = copy['type'].filter((type) => type !== 'null');
    copy['type'] = types.length === 1 ? types[0] : types;
    copy[NULLABLE] = true;
  }
  if (copy['type'] === 'object' && Object.keys(copy['properties'] ?? {}).length === 0) {
    copy[EMPTY] = direction;
    copy['additionalProperties'] = false;
  }
  return copy;
}

function typeOf({ [EMPTY]: empty }: MarkedSchema, type: string): string {
  if (empty !== undefined) return `Readonly<Record<string, ${empty === 'send' ? 'never' : 'unknown'}>>`;
  return type.endsWith('[]') ? `readonly ${type}` : type;
}
