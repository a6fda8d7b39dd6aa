import { File } from '@asyncapi/generator-react-sdk';
import { operationsSource } from '../components/operations-source.js';

export default function ({ params: { contract } }) {
  return <File name="operations.ts">{operationsSource(contract)}</File>;
}
