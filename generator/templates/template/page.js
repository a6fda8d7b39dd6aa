import { File } from '@asyncapi/generator-react-sdk';
import { page } from '../components/page/page.js';

export default function ({ params: { contract } }) {
  return <File name="contract.html">{page(contract)}</File>;
}
