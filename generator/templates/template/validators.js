import { File } from '@asyncapi/generator-react-sdk';
import { banner, importTypes, paragraphs } from '../components/source.js';

export default function ({ params: { contract } }) {
  const channels = contract.channels.filter(({ format }) => format === 'json');
  const types = new Map(
    channels.flatMap(({ messages }) => messages.map((message) => [message.payloadType, message.homeFile])),
  );
  const ordered = [...new Set(channels.flatMap(({ messages }) => messages.map(({ payloadType }) => payloadType)))];
  const strict = ordered.filter((type) =>
    channels.some(({ messages }) => messages.some(({ payloadType, hasStrict }) => payloadType === type && hasStrict)),
  );
  const headers = contract.headerValidators;
  return [
    <File name="validators.js">{paragraphs(banner(contract), contract.validators || 'export {};')}</File>,
    <File name="validators.d.ts">
      {paragraphs(
        [
          banner(contract),
          ...[...new Set(types.values())].map((fileName) =>
            importTypes(
              ordered.filter((type) => types.get(type) === fileName),
              `./messages/${fileName}.js`,
            ),
          ),
          importTypes(headers, './headers.js'),
          `import type { Validator } from './runtime.js';`,
        ].join('\n'),
        '// Each returns true for a valid value; else it leaves the first error on itself. See `faultOf`.',
        [...ordered, ...headers].map((type) => `export declare const validate${type}: Validator<${type}>;`).join('\n'),
        strict.map((type) => `export declare const validate${type}Strict: Validator<${type}>;`).join('\n'),
      )}
    </File>,
  ];
}
