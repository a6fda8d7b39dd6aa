import { File } from '@asyncapi/generator-react-sdk';
import { BANNER, paragraphs } from '../components/source.js';

export default function ({ params: { contract } }) {
  const { channels } = contract;
  return (
    <File name="channels.ts">
      {paragraphs(
        [BANNER, ...channels.map(({ name, fileName }) => `import { ${name} } from './channels/${fileName}.ts';`)].join(
          '\n',
        ),
        `/** All channels of the contract. */\nexport const channels = [${channels.map(({ name }) => name).join(', ')}] as const;`,
      )}
    </File>
  );
}
