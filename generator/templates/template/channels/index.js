import { File } from '@asyncapi/generator-react-sdk';
import { binding } from '../../components/binding.js';

export default function ({ params: { contract } }) {
  return contract.channels.map((channel) => <File name={`${channel.fileName}.ts`}>{binding(contract, channel)}</File>);
}
