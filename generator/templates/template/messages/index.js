import { File } from '@asyncapi/generator-react-sdk';
import { messageTypes } from '../../components/message-types.js';

export default function ({ params: { contract } }) {
  return contract.channels
    .filter(({ opaque }) => !opaque)
    .map((channel) => <File name={`${channel.fileName}.ts`}>{messageTypes(channel)}</File>);
}
