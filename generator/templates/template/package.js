import { File } from '@asyncapi/generator-react-sdk';
import { headersSource } from '../components/headers-source.js';
import { messageTypes } from '../components/message-types.js';
import { banner, paragraphs } from '../components/source.js';

/** What others import by the package's name. */
export default function ({ params: { contract } }) {
  const { version, packageName } = contract;
  const description = {
    name: packageName,
    version: semver(version),
    type: 'module',
    sideEffects: false,
    exports: { '.': './index.js', './*': './*' },
    engines: { node: '>=20' },
  };
  const taken = new Set();
  return [
    <File name="package.json">{JSON.stringify(description)}</File>,
    <File name="index.ts">
      {paragraphs(
        [
          banner(contract),
          ...sources(contract).flatMap((source) => exportsOf(source, taken)),
          ...['./channels.js', './operations.js', './record.js', './keys.js'].map(
            (file) => `export * from ${JSON.stringify(file)};`,
          ),
          `export { ContractFault } from './runtime.js';`,
        ].join('\n'),
      )}
    </File>,
  ];
}

/** The files whose names come from the document, with their code. */
const sources = (contract) => [
  ...contract.channels.map(({ name, fileName }) => ({
    file: `./channels/${fileName}.js`,
    code: `export const ${name} =`,
  })),
  ...contract.channels
    .filter(({ format }) => format === 'json')
    .map((channel) => ({ file: `./messages/${channel.fileName}.js`, code: messageTypes(contract, channel) })),
  { file: './headers.js', code: onlyTypes(headersSource(contract)) },
];

/** The code that uses a channel needs no codec of headers. */
const onlyTypes = (code) => code.replaceAll(/^export function /gm, 'function ');

/** Exports the names of a file that no earlier one has. A name in the list hides one of `export *`, which could be the same. */
function exportsOf({ file, code }, taken) {
  const names = (declaration) => [
    ...new Set([...code.matchAll(declaration)].map(([, name]) => name).filter((name) => !taken.has(name))),
  ];
  const values = names(/^export (?:const|function) ([\p{L}\p{N}_$]+)/gmu);
  const types = names(/^export (?:interface|type) ([\p{L}\p{N}_$]+)/gmu);
  if (code.includes('export { newTraceparent }')) values.push('newTraceparent');
  for (const name of [...values, ...types]) taken.add(name);
  return [
    values.length === 0 ? '' : `export { ${values.join(', ')} } from ${JSON.stringify(file)};`,
    types.length === 0 ? '' : `export type { ${types.join(', ')} } from ${JSON.stringify(file)};`,
  ].filter((line) => line !== '');
}

/** npm wants three numbers. */
function semver(version) {
  if (/^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(version)) return version;
  const numbers = version.match(/\d+/g) ?? [];
  return [0, 1, 2].map((index) => Number(numbers[index] ?? 0)).join('.');
}
