import type { KnipConfig } from 'knip';

/** What is there and nobody uses: files, exports, dependencies. `npm run check` runs it. */
export default {
  workspaces: {
    '.': {
      entry: [
        'src/launch.ts',
        'scripts/run.mjs',
        'scripts/{start,test,bench,chaos,mutants}/main.ts',
        'src/operator/{dead-letters,migrate,offsets,parked,topics}.ts',
        'scripts/{check,demo,docs,format,generate}.ts',
        'scripts/contract/{main,pack}.ts',
        // Prisma's command line runs it where its own engine cannot be downloaded.
        'scripts/schema-engine.mjs',
        // The benchmark runs it as a program.
        'scripts/services/stub.ts',
        'test/**/*.test.ts',
        'test/support/{servers,stop-servers}.ts',
        // Services of tests preload them, to have another clock, and for faults.
        'test/support/{clock-ahead.mjs,fault-injection.ts}',
        // Tests run it in a browser.
        'test/support/overflow.browser.js',
      ],
      // Those of test/contract/published/ are projects of their own.
      project: ['{src,scripts,test}/**/*.{js,mjs,ts}', '!test/contract/published/**'],
      // Used by generated code, which is a package for others too; started as programs; packages of folders of this project.
      ignoreDependencies: [
        '@prisma/client',
        '@stoplight/spectral-cli',
        '@arethetypeswrong/cli',
        'publint',
        'asyncapi-kafka',
        'dependency-cruiser',
        'jest',
        'pet-service-tools',
      ],
    },
    generator: {
      entry: [
        // The program imports it by its URL.
        'src/cli.ts',
        // The AsyncAPI generator runs them.
        'templates/template/**/*.{js,ts}',
        // The page contains it.
        'templates/components/page/script.js',
        'test/**/*.test.ts',
      ],
      project: ['{bin,src,test,templates}/**/*.{js,mjs,ts}'],
      // Tests of Go code are skipped without it.
      ignoreBinaries: ['go'],
    },
  },
  ignoreExportsUsedInFile: true,
} satisfies KnipConfig;
