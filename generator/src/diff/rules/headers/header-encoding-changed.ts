import type { HeaderRule } from '../rule.ts';

export const headerEncodingChanged: HeaderRule = {
  id: 'header-encoding-changed',
  kind: 'header',
  title: 'A header has another encoding',
  directions: ['receive', 'send'],
  keywords: ['encoding'],
  about: 'The reader does not find a value in the bytes that the writer may send.',
  remedy: 'Keep the encoding, and send the new one in a header of another name.',
};
