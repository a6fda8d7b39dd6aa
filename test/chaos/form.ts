/** Whether the tests run in their long form, as npm run test:chaos sets it: each with all its cases. npm test has some. */
export const IS_LONG_FORM = process.env['CHAOS_FORM'] === 'long';

/** Returns the cases of a test in the form that runs: `all` of them, or the `few` that npm test has. */
export function casesOf<Case>(all: readonly Case[], few: readonly Case[]): readonly Case[] {
  return IS_LONG_FORM ? all : few;
}
