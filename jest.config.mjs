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
  // Tests on the real parts wait for conditions that take seconds; a lost one must still end.
  testTimeout: 120_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.(int|chaos)\\.test\\.ts$', '/\\.embedded/'],
    },
    { ...realParts, displayName: 'real parts', testMatch: ['<rootDir>/test/**/*.int.test.ts'] },
    // What takes too long for every run of npm test.
    { ...realParts, displayName: 'chaos', testMatch: ['<rootDir>/test/**/*.chaos.test.ts'] },
  ],
};
