import { languageOf } from '../../records/side.ts';
import type { FormRule } from '../rule.ts';

export const schemaLanguageChanged: FormRule = {
  id: 'schema-language-changed',
  kind: 'form',
  title: 'A schema in another language is changed',
  directions: ['receive', 'send'],
  about: 'Schemas that are no JSON Schemas (Avro, Protobuf) are not compared.',
  remedy: 'Compare them by a tool for their language, and then waive this finding.',
  check({ writer, reader }) {
    const { name, text } = languageOf(writer);
    if (text === undefined || text === languageOf(reader).text) return undefined;
    const why = `The schema of ${writer.message.component} is in ${name}, and is not compared`;
    return { verdict: 'look', path: ['payload'], why };
  },
};
