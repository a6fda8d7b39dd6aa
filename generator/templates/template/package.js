import { File } from '@asyncapi/generator-react-sdk';
import { banner, paragraphs } from '../components/source.js';

/** What others import by the package's name. */
export default function ({ params: { contract } }) {
  const { channels, version, packageName } = contract;
  const description = {
    name: packageName,
    version: semver(version),
    type: 'module',
    sideEffects: false,
    exports: { '.': './index.js', './*': './*' },
    engines: { node: '>=20' },
  };
  const files = [
    ...channels.map(({ fileName }) => `./channels/${fileName}.js`),
    ...channels.filter(({ format }) => format === 'json').map(({ fileName }) => `./messages/${fileName}.js`),
    './channels.js',
    './operations.js',
    './headers.js',
    './record.js',
    './keys.js',
  ];
  return [
    <File name="package.json">{JSON.stringify(description)}</File>,
    <File name="index.ts">
      {paragraphs(
        [
          banner(contract),
          ...files.map((file) => `export * from ${JSON.stringify(file)};`),
          `export { ContractFault } from './runtime.js';`,
          ...repeated(channels).map(({ name, file }) => `export { ${name} } from ${JSON.stringify(file)};`),
        ].join('\n'),
      )}
    </File>,
  ];
}

/** Names that several files export: the first one counts, a channel before a constructor. */
function repeated(channels) {
  const names = [
    ...channels.map(({ name, fileName }) => ({ name, file: `./channels/${fileName}.js` })),
    ...channels.flatMap(({ messages, fileName, direction }) =>
      direction === 'receive'
        ? []
        : messages.map(({ constructorName: name }) => ({ name, file: `./messages/${fileName}.js` })),
    ),
  ];
  return names.filter(
    ({ name, file }, index) =>
      names.findIndex((other) => other.name === name) === index &&
      names.some((other) => other.name === name && other.file !== file),
  );
}

/** npm wants three numbers. */
function semver(version) {
  if (/^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(version)) return version;
  const numbers = version.match(/\d+/g) ?? [];
  return [0, 1, 2].map((index) => Number(numbers[index] ?? 0)).join('.');
}
