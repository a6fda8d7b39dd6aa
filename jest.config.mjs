import { availableParallelism } from 'node:os';

const shared = {
  testEnvironment: 'node',
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.mjs' },
  extensionsToTreatAsEsm: ['.ts'],
};

const realParts = {
  ...shared,
  globalSetup: '<rootDir>/test/support/servers.ts',
  globalTeardown: '<rootDir>/test/support/stop-servers.ts',
};

export default {
  // Tests on the real parts wait most of the time, for processes that start and for records that come: three workers keep two
  // cores busy. More would let tests fail that measure how soon something happens.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
  testSequencer: '<rootDir>/test/support/slow-first.mjs',
  // Tests on the real parts wait for conditions that take seconds; a lost one must still end.
  testTimeout: 120_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{test,generator/test}/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.(int|chaos)\\.test\\.ts$', '/\\.embedded/'],
    },
    { ...realParts, displayName: 'real parts', testMatch: ['<rootDir>/{test,generator/test}/**/*.int.test.ts'] },
    // The long form of what test/chaos/*.int.test.ts do in seconds: npm run test:chaos runs both.
    { ...realParts, displayName: 'chaos', testMatch: ['<rootDir>/test/**/*.chaos.test.ts'] },
  ],
};
