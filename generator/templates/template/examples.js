import { File } from '@asyncapi/generator-react-sdk';
import { fixtures } from '../components/fixtures.js';

export default function ({ params: { contract } }) {
  return <File name="examples.ts">{fixtures(contract)}</File>;
}
