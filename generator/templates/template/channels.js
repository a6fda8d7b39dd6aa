import { File } from '@asyncapi/generator-react-sdk';
import { banner, paragraphs } from '../components/source.js';

export default function ({ params: { contract } }) {
  const { channels } = contract;
  return (
    <File name="channels.ts">
      {paragraphs(
        [
          banner(contract),
          ...channels.map(({ name, fileName }) => `import { ${name} } from './channels/${fileName}.js';`),
        ].join('\n'),
        `/** All channels of the contract. */\nexport const channels = [${channels.map(({ name }) => name).join(', ')}] as const;`,
        `/** Any channel of the contract. */\nexport type AnyChannel = (typeof channels)[number];`,
      )}
    </File>
  );
}
