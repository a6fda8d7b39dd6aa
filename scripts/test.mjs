import { answerHelp, bootstrap } from './bootstrap.mjs';

const HELP = `Usage: npm test [-- options, parts of paths]

Checks everything that can be checked without running it, then runs the tests. With options or paths only tests run,
for example "npm test -- test/domain".

  -t, --testNamePattern <pattern>   only tests whose name matches
  --verbose                         every test with its time
  -b, --bail                        end at the first failure
  --coverage                        which lines were run
  --help                            show this

What follows a further "--" goes to jest as it is.

Exit code: 0 when everything passed, 1 otherwise, 2 for a usage error.`;

answerHelp(HELP);
await bootstrap('scripts/test/main.ts');
