import { File } from '@asyncapi/generator-react-sdk';
import { BANNER, importTypes, paragraphs } from '../components/source.js';

export default function ({ params: { contract } }) {
  const channels = contract.channels.filter(({ opaque }) => !opaque);
  const types = (channel) => channel.messages.map(({ payloadType }) => payloadType);
  return [
    <File name="validators.js">{paragraphs(BANNER, contract.validators)}</File>,
    <File name="validators.d.ts">
      {paragraphs(
        [
          BANNER,
          ...channels.map((channel) => importTypes(types(channel), `./messages/${channel.fileName}.ts`)),
          `import type { Validator } from './runtime.ts';`,
        ].join('\n'),
        '// Each returns true for a valid message; else it leaves the first error on itself. See `faultOf`.',
        channels
          .flatMap(types)
          .map((type) => `export declare const validate${type}: Validator<${type}>;`)
          .join('\n'),
      )}
    </File>,
  ];
}
