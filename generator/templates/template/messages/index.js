import { File } from '@asyncapi/generator-react-sdk';
import { messageTypes } from '../../components/message-types.js';

export default function ({ params: { contract } }) {
  return contract.channels
    .filter(({ format }) => format === 'json')
    .map((channel) => <File name={`${channel.fileName}.ts`}>{messageTypes(contract, channel)}</File>);
}
