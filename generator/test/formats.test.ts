/** Dates and times: the expressions accept what the functions of ajv-formats accept. */
import { describe, expect, it } from '@jest/globals';
import formats from 'ajv-formats/dist/formats.js';
import { FORMATS } from '../src/ajv.ts';

const two = (number: number) => String(number).padStart(2, '0');
const upTo = (limit: number) => Array.from({ length: limit + 1 }, (_none, index) => index);

const DAYS = [0, 1, 9, 10, 19, 20, 28, 29, 30, 31, 32, 39];
const DATES = ['1900', '1999', '2000', '2024', '2026', '2100', '2400'].flatMap((year) =>
  upTo(19).flatMap((month) => DAYS.map((day) => `${year}-${two(month)}-${two(day)}`)),
);
const ZONES = ['', 'z', 'Z', '+00:00', '-23:59', '+24:00', '+0530', '+05:60', '+5'];
const TIMES = upTo(29).flatMap((hour) =>
  ['00:00', '09:59', '59:59', '59:61', '60:00', '5:00'].flatMap((rest) =>
    ['', '.5', '.'].flatMap((fraction) => ZONES.map((zone) => `${two(hour)}:${rest}${fraction}${zone}`)),
  ),
);

function librarys(name: keyof typeof formats.fullFormats): (text: string) => boolean {
  const format = formats.fullFormats[name];
  if (typeof format !== 'object' || !('validate' in format) || typeof format.validate !== 'function')
    throw new Error(`${name} is no function`);
  return format.validate as (text: string) => boolean;
}

describe.each(['date', 'time', 'date-time', 'iso-time', 'iso-date-time'] as const)('%s', (name) => {
  const texts = { date: DATES, time: TIMES, 'iso-time': TIMES }[name as string] ?? [
    ...DATES.map((date) => `${date}T23:59:60Z`),
    ...TIMES.map((time) => `2026-02-28t${time}`),
  ];
  const rule = FORMATS[name] as RegExp;
  // The library lets an hour pass 23 if the zone brings it back.
  const isExcepted = (text: string) => /(?:^|t)2[4-9]:.*\+05/.test(text);

  it('accepts what the library accepts', () => {
    const accepts = librarys(name);
    expect(texts.some((text) => rule.test(text))).toBe(true);
    expect(texts.filter((text) => !isExcepted(text) && rule.test(text) !== accepts(text))).toEqual([]);
  });
});
