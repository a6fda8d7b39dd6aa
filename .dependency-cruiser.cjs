/**
 * Which room of src/ may import which: messages flow one way, and so do imports. docs/architecture.md describes
 * each. What a room may import besides itself is listed here and nowhere else.
 */
const ROOMS = {
  handlers: ['domain', 'generated'],
  transport: ['generated'],
  store: ['domain', 'generated'],
  'unit-of-work': ['store', 'domain', 'generated'],
  outbox: ['store', 'transport', 'generated'],
  reference: ['domain', 'generated'],
  consumer: ['transport', 'handlers', 'domain', 'unit-of-work', 'store', 'reference', 'generated'],
  schedule: ['unit-of-work', 'store', 'domain', 'reference', 'generated'],
  http: ['unit-of-work', 'store', 'domain', 'generated'],
  operator: ['transport', 'store', 'generated'],
};

/** Files beside the rooms that serve all of them; main.ts and launch.ts do not. The domain, which stays pure, may import only assertions. */
const SHARED_FILES = '^src/(?!(main|launch|foundation|start-up)\\.)[^/]+\\.ts$';

const room = (name) => (name === 'generated' ? '^generated/' : `^src/${name}/`);

const directions = Object.entries(ROOMS).map(([name, others]) => ({
  name: `room-${name}`,
  comment: `src/${name}/ may import only: ${[name, ...others].join(', ')}, and the files directly in src/ but main.ts.`,
  severity: 'error',
  from: { path: room(name) },
  to: { path: '^(src|generated|scripts|test)/', pathNot: [SHARED_FILES, ...[name, ...others].map(room)] },
}));

module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'room-domain',
      comment:
        'src/domain/ is pure: it may import only itself, the message types of generated/contract/messages/ and assertions.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: ['^src/domain/', '^generated/contract/messages/', '^src/invariant\\.ts$'] },
    },
    {
      name: 'no-room-of-its-own',
      comment: 'A new folder in src/ needs its line in ROOMS (.dependency-cruiser.cjs).',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: [...Object.keys(ROOMS), 'domain'].map(room) },
      to: {},
    },
    {
      name: 'only-main-knows-all',
      comment: 'Only the program imports the composition root and its parts.',
      severity: 'error',
      from: { pathNot: '^src/(launch|main)\\.ts$' },
      to: { path: '^src/(main|launch|foundation|start-up)\\.ts$' },
    },
    {
      name: 'service-stands-alone',
      comment: 'The service runs without its scripts and tests, and without the generator.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(scripts|test|generator)/' },
    },
    {
      name: 'generator-stands-alone',
      comment: 'The generator is a package for others: it imports nothing of this project.',
      severity: 'error',
      from: { path: '^generator/' },
      to: { path: '^(src|generated|scripts|test)/' },
    },
    {
      name: 'no-cycle',
      comment: 'Cycles hide which file needs which.',
      severity: 'error',
      // Prisma's generated client is as it is.
      from: { pathNot: '^generated/prisma/' },
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^generator/dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Types count: a room that needs another's types depends on it.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
