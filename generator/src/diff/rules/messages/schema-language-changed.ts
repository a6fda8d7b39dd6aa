import { isDeepStrictEqual } from 'node:util';
import { pathToField } from '../../avro-path.ts';
import { extendedAvroField, resolutionOf } from '../../avro.ts';
import type { AvroField } from '../../avro.ts';
import { recordOf } from '../../records/record.ts';
import { languageOf } from '../../records/side.ts';
import type { FormRule } from '../rule.ts';
import { mayBeRefused } from '../sentences.ts';

export const schemaLanguageChanged: FormRule = {
  id: 'schema-language-changed',
  kind: 'form',
  title: 'A schema in another language is changed',
  directions: ['receive', 'send'],
  about:
    'Schemas of Avro are compared as its specification resolves them: decimals must keep their precision and scale, and any other change of a logical type needs a look. Others that are no JSON Schemas, such as Protobuf, are not compared.',
  remedy:
    'Avro: give a new field a default, and keep symbols and types. Others: compare them by a tool for their language, and then waive this finding.',
  check(sending) {
    const { writer, reader, before, after } = sending;
    const [written, read] = [languageOf(writer), languageOf(reader)];
    if (written.schema === undefined || isDeepStrictEqual(written.schema, read.schema)) return undefined;
    const path = ['payload', 'schema'];
    const resolution = isAvro(written.name) ? resolutionOf(written.schema, read.schema) : undefined;
    const pathOf = (field: AvroField, side: 'writer' | 'reader') => {
      const names = field.map(({ [side]: name }) => name).filter((name) => name !== undefined);
      return [...path, ...pathToField(languageOf(after).schema, names)];
    };
    if (resolution?.kind === 'accepted') {
      const field = extendedAvroField(languageOf(before).schema, languageOf(after).schema);
      if (field === undefined) return undefined;
      const why = `${after.message.component} may have fields or values that it did not have`;
      return { verdict: 'safe', path: pathOf(field, 'writer'), why };
    }
    const newSide = after === writer ? 'writer' : 'reader';
    if (resolution?.kind === 'unclear')
      return {
        verdict: 'look',
        path: pathOf(resolution.field, newSide),
        why: `In ${writer.message.component}, ${resolution.why}`,
      };
    if (resolution?.kind === 'refused') {
      const why = `${mayBeRefused(sending)}: ${resolution.why}`;
      const record = recordOf(writer, { payload: JSON.stringify(resolution.value) });
      return {
        verdict: 'breaking',
        path: pathOf(resolution.field, newSide),
        why,
        record,
        outcome: `cannot be resolved: ${resolution.why}`,
      };
    }
    const why = `The schema of ${writer.message.component} is in ${written.name}, and is not compared`;
    return { verdict: 'look', path, why };
  },
};

const isAvro = (language: string) => language.endsWith('avro');
