/** Findings have the file, line and pointer of the text that people write. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadDocument } from '../../src/document.ts';
import { readDocument } from '../../src/diff/load.ts';
import type { Path } from '../../src/pointer.ts';
import { pointerTo } from '../../src/pointer.ts';
import { command, withFolder } from '../command.ts';

type Files = Readonly<Record<string, string>>;

const lines = (...list: readonly string[]) => `${list.join('\n')}\n`;

/** Returns where a path of a document is, as `file:line pointer`. */
function locate(text: string, path: Path, files: Files = {}): string {
  const document = readDocument(text, 'farm.yaml', (name) => {
    const other = files[name];
    if (other === undefined) throw new Error('there is no such file');
    return { name, text: other };
  });
  const { file, line, path: found } = document.location(path);
  return `${file}:${String(line)} ${pointerTo(found)}`;
}

const SOWN = ['channels', 'seeds', 'messages', 'Sown'];
const WEIGHT = [...SOWN, 'payload', 'properties', 'weight', 'maximum'];

/** Documents with the maximum of the weight of a seed, and where that is. */
const DOCUMENTS: Readonly<Record<string, readonly [text: string, expected: string]>> = {
  'flow style': [
    `asyncapi: 3.0.0
channels: { seeds: { messages: { Sown: { payload: { properties: { weight: { maximum: 9 } } } } } } }
`,
    `2 #/${WEIGHT.join('/')}`,
  ],
  'comments and a start of the document': [
    `# Seeds

---
# Farm
asyncapi: 3.0.0
channels:
  seeds:
    messages: { Sown: { payload: { properties: { weight: { maximum: 9 } } } } }
`,
    `8 #/${WEIGHT.join('/')}`,
  ],
  'a value that begins on the next line': [
    `asyncapi: 3.0.0
channels:
  seeds:
    messages: { Sown: { payload: { properties: { weight: {
      maximum:
        9 } } } } }
`,
    `5 #/${WEIGHT.join('/')}`,
  ],
  CRLF: [
    'asyncapi: 3.0.0\r\nchannels:\r\n  seeds:\r\n    messages: { Sown: { payload: { properties: { weight: { maximum: 9 } } } } }\r\n',
    `4 #/${WEIGHT.join('/')}`,
  ],
  JSON: [
    `{
  "asyncapi": "3.0.0",
  "channels": {
    "seeds": { "messages": { "Sown": { "payload": { "properties": {
      "weight": {
        "maximum": 9
      } } } } } }
  }
}
`,
    `6 #/${WEIGHT.join('/')}`,
  ],
  'an alias': [
    `asyncapi: 3.0.0
x-weight: &weight
  maximum: 9
channels: { seeds: { messages: { Sown: { payload: { properties: { weight: *weight } } } } } }
`,
    `3 #/${WEIGHT.join('/')}`,
  ],
  'a merge key': [
    `asyncapi: 3.0.0
x-base: &base
  properties:
    weight: { maximum: 9 }
channels: { seeds: { messages: { Sown: { payload: { <<: *base, type: object } } } } }
`,
    `4 #/${WEIGHT.join('/')}`,
  ],
  'a merge key with several maps': [
    `asyncapi: 3.0.0
x-empty: &empty {}
x-base: &base
  <<: *empty
  properties: { weight: { maximum: 9 } }
x-other: &other { properties: { weight: { maximum: 8 } } }
channels: { seeds: { messages: { Sown: { payload: { <<: [*empty, *base, *other] } } } } }
`,
    `5 #/${WEIGHT.join('/')}`,
  ],
  'a schema that names its language': [
    `asyncapi: 3.0.0
channels:
  seeds:
    messages:
      Sown:
        payload:
          schemaFormat: application/schema+json;version=draft-07
          schema: { properties: { weight: { maximum: 9 } } }
`,
    '8 #/channels/seeds/messages/Sown/payload/schema/properties/weight/maximum',
  ],
  'a reference to what is in a reference': [
    `asyncapi: 3.0.0
channels: { seeds: { messages: { Sown: { payload: { $ref: '#/components/messages/Sown/payload' } } } } }
components:
  messages:
    Sown: { $ref: '#/components/messages/Other' }
    Other: { payload: { properties: { weight: { maximum: 9 } } } }
`,
    '6 #/components/messages/Other/payload/properties/weight/maximum',
  ],
  'a parent, if there is no maximum': [
    `asyncapi: 3.0.0
channels: { seeds: { messages: { Sown: { $ref: '#/components/messages/Sown' } } } }
components:
  messages:
    Sown:
      payload: { properties: {
        weight: { type: integer } } }
`,
    '7 #/components/messages/Sown/payload/properties/weight',
  ],
};

describe('a document in one file', () => {
  it.each(Object.entries(DOCUMENTS))('%s', (_name, [text, expected]) => {
    expect(locate(text, WEIGHT)).toBe(`farm.yaml:${expected}`);
  });

  it('has keys that are numbers', () => {
    expect(locate('asyncapi: 3.0.0\nchannels:\n  404: { address: a }', ['channels', '404', 'address'])).toBe(
      'farm.yaml:3 #/channels/404/address',
    );
  });

  it.each([
    ['3.0.0', 'messages: { Sown: ', '}', SOWN, 12],
    ['2.6.0', 'publish: { message: ', '}', ['channels', 'seeds', 'messages', 'publish.message'], 10],
  ])('has what traits describe, where it counts in AsyncAPI %s', (version, begin, end, message, both) => {
    const text = lines(
      `asyncapi: ${version}`,
      'info: { title: Farm }',
      'components:',
      '  messageTraits:',
      '    First:',
      '      headers: { properties: { id: { maxLength: 9 } } }',
      '    Last:',
      '      headers:',
      '        properties:',
      '          id: { minLength: 1 }',
      `channels: { seeds: { ${begin}{`,
      "  headers: { properties: { id: { minLength: 2 } } }, traits: [{ $ref: '#/components/messageTraits/First' }, { $ref: '#/components/messageTraits/Last' }]",
      `  }${end} } }`,
    );
    const id = [...message, 'headers', 'properties', 'id'];
    expect(locate(text, [...id, 'maxLength'])).toBe('farm.yaml:6 #/components/messageTraits/First/headers/properties/id/maxLength'); // prettier-ignore
    expect(locate(text, [...id, 'minLength'])).toContain(`farm.yaml:${String(both)} `);
    expect(locate(text, [...message, 'title'])).toContain('farm.yaml:11 #/channels/seeds/');
  });
});

describe('other files', () => {
  const DOCUMENT = (version: string) =>
    lines('asyncapi: 3.0.0', `info: { title: Farm, version: ${version} }`, 'channels:', "  seeds: { address: seeds, messages: { Sown: { $ref: 'parts/messages.yaml#/Sown' }, Cut: { payload: { $ref: cut.json } } } }", "operations: { send: { action: send, channel: { $ref: '#/channels/seeds' } } }"); // prettier-ignore
  const FILES: Files = {
    'parts/messages.yaml': lines('Sown:', '  traits: [{ $ref: ../traits.yaml#/Common }]', '  payload: { $ref: ./seed.yaml#/Seed }'), // prettier-ignore
    'parts/seed.yaml': lines('Kind: { const: seed }', 'Seed:', '  required: [kind]', '  properties:', "    kind: { $ref: '#/Kind' }", '    weight: { $ref: ../cut.json#/properties/weight }', "    next: { $ref: '#/Seed' }", '    size: { $ref: ../size.yaml }'), // prettier-ignore
    'traits.yaml': lines('Common:', '  headers:', '    properties:', '      id: { maxLength: 9 }'),
    'size.yaml': lines('# A size', 'maximum: 9'),
    'cut.json': JSON.stringify({ required: ['kind'], properties: { kind: { const: 'cut' }, weight: { type: 'integer', maximum: 9 } } }, null, 2), // prettier-ignore
  };

  it.each([
    [['payload', 'properties', 'weight', 'maximum'], 'cut.json:11 #/properties/weight/maximum'],
    [['payload', 'properties', 'kind', 'const'], 'parts/seed.yaml:1 #/Kind/const'],
    [['payload', 'properties', 'next', 'properties', 'next', 'required'], 'parts/seed.yaml:3 #/Seed/required'],
    [['payload', 'properties', 'size', 'maximum'], 'size.yaml:2 #/maximum'],
    [['payload', 'properties', 'size', 'minimum'], 'size.yaml:2 #'],
    [['payload', 'additionalProperties'], 'parts/seed.yaml:2 #/Seed'],
    [['payload'], 'parts/messages.yaml:3 #/Sown/payload'],
    [['headers', 'properties', 'id', 'maxLength'], 'traits.yaml:4 #/Common/headers/properties/id/maxLength'],
    [[], 'farm.yaml:4 #/channels/seeds/messages/Sown'],
  ])('have what they describe: %j', (path, expected) => {
    expect(locate(DOCUMENT('1.0.0'), [...SOWN, ...path], FILES)).toBe(expected);
  });

  it('of another language stay at the reference, or begin there', () => {
    const text = lines('asyncapi: 3.0.0', 'channels: { seeds: { messages: { Sown: { payload: { schemaFormat: application/vnd.google.protobuf, schema: { $ref: seed.proto } } } } } }'); // prettier-ignore
    const proto = { 'seed.proto': 'message Seed { }' };
    expect(locate(text, [...SOWN, 'payload'], proto)).toContain('farm.yaml:2 ');
    expect(locate(text, [...SOWN, 'payload', 'schema', 'fields'], proto)).toBe('seed.proto:1 #');
  });

  /** Writes both versions with their files, and compares them in their common folder. */
  async function findings(after: Files): Promise<string[]> {
    let printed = '';
    await withFolder(async (folder) => {
      const write = async (name: string, text: string) => {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), text);
      };
      for (const [version, files] of [
        ['old', FILES],
        ['contract', { ...FILES, ...after }],
      ] as const) {
        for (const [name, text] of Object.entries(files)) await write(join(version, 'api', name), text);
        await write(join(version, 'api/farm.yaml'), DOCUMENT(version === 'old' ? '1.0.0' : '2.0.0'));
      }
      const { stdout } = await command(['diff', 'contract/api/farm.yaml', '--against', 'old/api/farm.yaml', '--json'], folder); // prettier-ignore
      printed = stdout;
    });
    const result = JSON.parse(printed) as { findings: { rule: string; file: string; line: number; pointer: string }[] };
    return result.findings.map(({ rule, file, line, pointer }) => `${rule} ${file}:${String(line)} ${pointer}`);
  }

  it('are named like the document', async () => {
    const cut = FILES['cut.json']?.replace('"maximum": 9', '"maximum": 10') ?? '';
    expect((await findings({ 'cut.json': cut }))[0]).toBe('range-changed contract/api/cut.json:11 #/properties/weight/maximum'); // prettier-ignore
    const seed = FILES['parts/seed.yaml']?.replace('const: seed', 'const: bean') ?? '';
    expect(await findings({ 'parts/seed.yaml': seed })).toContain('message-removed old/api/farm.yaml:4 #/channels/seeds/messages/Sown'); // prettier-ignore
  });
});

describe('a document of AsyncAPI 2', () => {
  const TEXT = lines(
    '# Seeds',
    '---',
    'asyncapi: 2.5.0',
    'info: { title: Farm, version: 1.0.0 }',
    'servers:',
    '  main: &main',
    '    url: kafka://broker.example.com:9092/path',
    '    protocol: kafka',
    '  copy: *main',
    'channels:',
    '  seeds/{field}:',
    '    x-channelId: seeds',
    '    parameters:',
    '      field:',
    '        schema: { enum: [east, west] }',
    '    publish:',
    '      bindings: { kafka: { groupId: { const: sowers } } }',
    '      message:',
    '        oneOf:',
    "          - $ref: '#/components/messages/Sown'",
    '          - messageId: watered',
    '            payload: { type: object }',
    '            schemaFormat: application/schema+json;version=draft-07',
    '    subscribe:',
    '      operationId: sendCut',
    '      message:',
    '        payload: { type: string }',
    "  shared: { $ref: '#/components/channels/shared' }",
    'components:',
    '  messages:',
    '    Sown:',
    '      payload: { type: object }',
    '  channels:',
    '    shared:',
    '      publish:',
    '        message: { payload: { type: string } }',
  );
  const SEEDS = '#/channels/seeds~1{field}';

  it.each([
    [['servers', 'main', 'host'], '7 #/servers/main/url'],
    [['servers', 'copy', 'pathname'], '7 #/servers/copy/url'],
    [['servers', 'main', 'protocol'], '8 #/servers/main/protocol'],
    [['channels', 'seeds', 'address'], `11 ${SEEDS}`],
    [['channels', 'seeds', 'parameters', 'field', 'enum'], `15 ${SEEDS}/parameters/field/schema/enum`],
    [['channels', 'seeds', 'messages', 'seeds.publish.message.0', 'payload', 'type'], `11 ${SEEDS}`],
    [['channels', 'seeds', 'messages', 'publish.message.0'], `20 ${SEEDS}/publish/message/oneOf/0`],
    [
      ['channels', 'seeds', 'messages', 'publish.message.0', 'payload', 'type'],
      '32 #/components/messages/Sown/payload/type',
    ],
    [
      ['channels', 'seeds', 'messages', 'watered', 'payload', 'type'],
      `22 ${SEEDS}/publish/message/oneOf/1/payload/type`,
    ],
    [
      ['channels', 'seeds', 'messages', 'sendCut.message', 'payload', 'type'],
      `27 ${SEEDS}/subscribe/message/payload/type`,
    ],
    [['channels', 'seeds', 'messages', 'sendCut.message', 'title'], `26 ${SEEDS}/subscribe/message`],
    [['operations', 'sendCut'], `24 ${SEEDS}/subscribe`],
    [['operations', 'sendCut', 'messages', 0], `26 ${SEEDS}/subscribe/message`],
    [['operations', 'seeds.publish', 'messages', 1], `21 ${SEEDS}/publish/message/oneOf/1`],
    [
      ['operations', 'seeds.publish', 'bindings', 'kafka', 'groupId', 'const'],
      `17 ${SEEDS}/publish/bindings/kafka/groupId/const`,
    ],
    [['channels', 'shared'], '28 #/channels/shared'],
    [
      ['channels', 'shared', 'messages', 'publish.message', 'payload', 'type'],
      '36 #/components/channels/shared/publish/message/payload/type',
    ],
    [['operations', 'shared.publish'], '35 #/components/channels/shared/publish'],
    [['components', 'messages', 'Sown', 'payload'], '32 #/components/messages/Sown/payload'],
    [['info', 'version'], '4 #/info/version'],
  ] as const)('has %j where it was before the conversion', (path, expected) => {
    expect(locate(TEXT, path)).toBe(`farm.yaml:${expected}`);
  });

  it('in JSON', () => {
    const text = JSON.stringify({ asyncapi: '2.6.0', info: { title: 'Farm' }, channels: { seeds: { publish: { message: { payload: { type: 'string' } } } } } }, null, 2); // prettier-ignore
    const path = ['channels', 'seeds', 'messages', 'publish.message', 'payload', 'type'];
    expect(locate(text, path)).toBe('farm.yaml:11 #/channels/seeds/publish/message/payload/type');
  });

  it('does not show what the conversion needs', async () => {
    const { raw, notes, locate: inWords } = await loadDocument(TEXT.replace('application/schema+json;version=draft-07', 'text/x'), 'farm.yaml'); // prettier-ignore
    expect(JSON.stringify(raw)).not.toContain('origin');
    expect(notes[0]).toBe('AsyncAPI 2.5.0 was converted to 3.0.0');
    expect(inWords(['operations', 'sendCut'])).toBe(`line 24 (${SEEDS}/subscribe)`);
  });

  it('has faults in its own lines', async () => {
    await expect(loadDocument('asyncapi: 2.6.0\ninfo: [', 'farm.yaml')).rejects.toThrow('at line 2');
    await expect(loadDocument('asyncapi: 2.9.0', 'farm.yaml')).rejects.toThrow(
      'farm.yaml: AsyncAPI 2.9.0 cannot be converted to 3.0.0: Error: Cannot convert from 2.9.0 to 3.0.0.',
    );
  });
});

describe('a schema that contains itself', () => {
  const DOCUMENT = (plot: string, bed: string) =>
    lines('asyncapi: 3.0.0', 'info: { title: Farm, version: 1.0.0 }', "channels: { seeds: { address: seeds, messages: { Sown: { payload: { type: object, required: [plot], properties: { name: { type: string }, plot: { $ref: '#/components/schemas/Plot' } } } } } } }", "operations: { sow: { action: receive, channel: { $ref: '#/channels/seeds' } } }", 'components:', '  schemas:', '    Plot:', '      type: object', '      properties:', `        name: ${plot}`, "        inner: { type: array, items: { $ref: '#/components/schemas/Plot' } }", "        bed: { $ref: '#/components/schemas/Bed' }", '    Bed:', '      type: object', '      properties:', `        name: ${bed}`, "        plot: { $ref: '#/components/schemas/Plot' }"); // prettier-ignore
  const [SHORT, LONG, NONE] = ['{ type: string, maxLength: 3 }', '{ type: string, maxLength: 4 }', 'false'];
  /** No word is found that the second pattern refuses. */
  const [WORDS, FEWER] = ["{ type: string, pattern: '^([a-z]+)-\\1$' }", "{ type: string, pattern: '^(?!hello-hello)([a-z]+)-\\1$' }"]; // prettier-ignore

  it.each([
    ['the rule of one below the root', DOCUMENT(LONG, LONG), DOCUMENT(SHORT, LONG), ['length-changed 10 #/components/schemas/Plot/properties/name/maxLength']], // prettier-ignore
    ['the rule of one within it', DOCUMENT(LONG, LONG), DOCUMENT(LONG, SHORT), ['length-changed 16 #/components/schemas/Bed/properties/name/maxLength']], // prettier-ignore
    ['a field that is not allowed', DOCUMENT(LONG, LONG), DOCUMENT(LONG, NONE), ['fields-closed 16 #/components/schemas/Bed/properties/name']], // prettier-ignore
    ['a rule that is not proved', DOCUMENT(LONG, WORDS), DOCUMENT(LONG, FEWER), ['form-changed 16 #/components/schemas/Bed/properties/name/pattern']], // prettier-ignore
  ])('has %s where it is', async (_name, before, after, expected) => {
    const found = await differences(before, after);
    expect(found.filter((one) => !one.startsWith('version-step'))).toEqual(expected);
  });
});

it.each([
  ['host', 'a:1', 'a:2', '{}', '{}', '4 #/servers/main/host'],
  ['default of a variable', "'a:{port}'", "'a:{port}'", "{ port: { default: '1' } }", "{ port: { default: '2' } }", '5 #/servers/main/variables/port/default'], // prettier-ignore
])('has another %s of a server where it is', async (_name, host, newHost, variables, newVariables, expected) => {
  const text = (own: string, ofHost: string) =>
    lines('asyncapi: 3.0.0', 'info: { title: Farm, version: 1.0.0 }', 'servers: { main: {', `  host: ${own},`, `  variables: ${ofHost},`, '  protocol: kafka } }', 'channels: { seeds: { address: seeds, messages: { Sown: { payload: { type: string } } } } }', "operations: { sow: { action: receive, channel: { $ref: '#/channels/seeds' } } }"); // prettier-ignore
  const found = await differences(text(host, variables), text(newHost, newVariables));
  expect(found).toContain(`server-changed ${expected}`);
});

/** Compares two documents. */
async function differences(before: string, after: string): Promise<string[]> {
  let printed = '';
  await withFolder(async (folder) => {
    await writeFile(join(folder, 'old.yaml'), before);
    await writeFile(join(folder, 'new.yaml'), after);
    const { stdout } = await command(['diff', 'new.yaml', '--against', 'old.yaml', '--json'], folder);
    printed = stdout;
  });
  const { findings } = JSON.parse(printed) as { findings: { rule: string; line: number; pointer: string }[] };
  return findings.map(({ rule, line, pointer }) => `${rule} ${String(line)} ${pointer}`);
}
