const shared = {
  testEnvironment: 'node',
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.mjs' },
  extensionsToTreatAsEsm: ['.ts'],
};

export default {
  // Tests on the real parts wait for conditions that take seconds; a lost one must still end.
  testTimeout: 120_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.int\\.test\\.ts$', '/\\.embedded/'],
    },
    {
      ...shared,
      displayName: 'real parts',
      testMatch: ['<rootDir>/test/**/*.int.test.ts'],
      globalSetup: '<rootDir>/test/support/servers.ts',
      globalTeardown: '<rootDir>/test/support/stop-servers.ts',
    },
  ],
};
