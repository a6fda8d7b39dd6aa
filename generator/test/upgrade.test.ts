/** Documents of AsyncAPI 2 keep their meaning when they are converted. */
import { expect, it } from '@jest/globals';
import { SourceFile } from '../src/source-file.ts';
import { upgrade } from '../src/upgrade.ts';

const OLD = `
asyncapi: 2.6.0
info: { title: Farm, version: 1.0.0 }
channels:
  seeds:
    publish:
      message: { $ref: '#/components/messages/Sown' }
components:
  messages:
    Sown:
      contentType: text/plain
      headers: { type: object, properties: { weight: { type: integer }, id: { type: string } } }
      payload: { type: string }
      traits: [{ $ref: '#/components/messageTraits/Common' }]
  messageTraits:
    Common:
      contentType: application/json
      headers: { type: object, properties: { weight: { type: string } } }
`;

it('lets a trait replace what its message has itself, as in AsyncAPI 2', () => {
  const { data } = upgrade(new SourceFile('farm.yaml', OLD), OLD);
  const { components } = data as { components: { messages: { Sown: unknown } } };
  expect(components.messages.Sown).toEqual({
    contentType: 'application/json',
    headers: { type: 'object', properties: { weight: { type: 'string' }, id: { type: 'string' } } },
    payload: { type: 'string' },
    traits: [{ $ref: '#/components/messageTraits/Common' }],
  });
});
