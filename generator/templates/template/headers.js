import { File } from '@asyncapi/generator-react-sdk';
import { headersSource } from '../components/headers-source.js';

export default function ({ params: { contract } }) {
  return <File name="headers.ts">{headersSource(contract)}</File>;
}
