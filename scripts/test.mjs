import { bootstrap } from './bootstrap.mjs';

const HELP = `Usage: npm test [-- what jest takes]

Checks everything that can be checked without running it, then runs the tests. What follows "--" goes to jest, for
example "npm test -- test/domain" (then only the tests run).

Exit code: 0 when everything passed, 1 otherwise.`;

if (process.argv.includes('--help')) console.log(HELP);
else await bootstrap('scripts/test/main.ts');
