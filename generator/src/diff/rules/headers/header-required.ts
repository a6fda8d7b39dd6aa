import type { HeaderRule } from '../rule.ts';

export const headerRequired: HeaderRule = {
  id: 'header-required',
  kind: 'header',
  title: 'A header is required that may be missing',
  directions: ['receive', 'send'],
  keywords: ['required'],
  about:
    'Received: the service requires a header that clients need not send; one that is `readOnly` is not required. Sent: the service may leave out a header that readers rely on.',
  remedy: 'Received: make the header optional. Sent: keep sending it.',
};
