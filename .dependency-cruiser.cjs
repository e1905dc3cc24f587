// Imports go down this list only (docs/architecture.md):
//   main, cli -> http, sip, media, embedded -> voice, chat, work -> ledger -> routing -> (types of) config; all may import kernel.
const notTests = '\\.test\\.ts$';

/** Forbids `from` (folders) to import `to` (folders). Unit tests may reach for what they like, except into embedded/. */
function layer(name, comment, from, to, options = {}) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from, pathNot: options.testsToo ? [] : [notTests] },
    to: { path: to, ...options.to },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Modules that import each other cannot be understood, tested or started one by one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependencies-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: [notTests] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: [notTests] },
      to: { path: ['^test/', '^bench/', notTests] },
    },
    layer('kernel-at-the-bottom', 'kernel imports nothing of ours.', '^src/kernel/', '^src/(?!kernel/)'),
    layer(
      'embedded-stands-alone',
      'The stand-ins of the real servers import nothing of the rest, not even the kernel.',
      '^src/embedded/',
      '^src/(?!embedded/)',
      { testsToo: true },
    ),
    layer(
      'widget-stands-alone',
      'The widget runs in browsers: it imports nothing of the rest, and nothing of the rest imports it.',
      '^src/widget/',
      '^src/(?!widget/)',
    ),
    layer(
      'widget-stands-alone',
      'It reaches the browser as a bundle; the agents’ page is built from some of its parts.',
      '^src/(?!widget/|agent-page/)',
      '^src/widget/',
    ),
    layer(
      'agent-page-stands-alone',
      'The agents’ page runs in browsers too.',
      '^src/agent-page/',
      '^src/(?!agent-page/|widget/|chat/agent-(news|protocol)\\.ts)',
    ),
    layer(
      'agent-page-stands-alone',
      'Of the controller it knows what is said between them, as types.',
      '^src/agent-page/',
      '^src/chat/',
      { to: { dependencyTypesNot: ['type-only'] } },
    ),
    layer('agent-page-stands-alone', 'It reaches the browser as a bundle.', '^src/(?!agent-page/)', '^src/agent-page/'),
    layer(
      'embedded-only-from-the-top',
      'Only the composition root, the command line (the demo plays phones) and tests know the stand-ins.',
      '^src/(?!embedded/|cli/|(main|site-[a-z-]+)\\.ts)',
      '^src/embedded/',
    ),
    layer(
      'nobody-imports-the-top',
      'main and cli are imported by no layer.',
      '^src/(?!(main|site-[a-z-]+)\\.ts|cli/)',
      ['^src/(main|site-[a-z-]+)\\.ts', '^src/cli/'],
    ),
    layer(
      'main-does-not-import-cli',
      'The command line starts the composition root.',
      '^src/(main|site-[a-z-]+)\\.ts',
      '^src/cli/',
    ),
    layer('edges-do-not-know-each-other', 'http, sip and media are side by side.', '^src/http/', '^src/(sip|media)/'),
    layer('edges-do-not-know-each-other', 'http, sip and media are side by side.', '^src/sip/', '^src/(http|media)/'),
    layer('edges-do-not-know-each-other', 'http, sip and media are side by side.', '^src/media/', '^src/(http|sip)/'),
    layer('channels-meet-in-the-ledger', 'They do not know each other.', '^src/voice/', '^src/(chat|work)/'),
    layer('channels-meet-in-the-ledger', 'They do not know each other.', '^src/chat/', '^src/(voice|work)/'),
    layer('channels-meet-in-the-ledger', 'They do not know each other.', '^src/work/', '^src/(voice|chat)/'),
    layer(
      'channels-below-edges',
      'voice, chat and work declare ports, edges implement them.',
      '^src/(voice|chat|work)/',
      ['^src/(http|sip|media)/'],
    ),
    layer(
      'ledger-below-work',
      'The ledger knows no channel.',
      '^src/ledger/',
      '^src/(?!ledger/|routing/|config/|kernel/)',
    ),
    layer(
      'routing-is-pure',
      'Decisions see config types and kernel only.',
      '^src/routing/',
      '^src/(?!routing/|config/|kernel/)',
    ),
    layer(
      'config-imports-kernel-only',
      'Config is read before anything else runs.',
      '^src/config/',
      '^src/(?!config/|kernel/)',
    ),
    layer(
      'config-as-types',
      'Below the top, configuration is a value that comes in: import its types only.',
      '^src/(?!(main|site-[a-z-]+)\\.ts|cli/|config/)',
      '^src/config/',
      { to: { dependencyTypesNot: ['type-only'] } },
    ),
    {
      name: 'routing-has-no-io',
      comment:
        'No I/O, clock or random in decisions; of node:net only the pure reading of addresses (isIP, BlockList).',
      severity: 'error',
      from: { path: '^src/routing/', pathNot: [notTests] },
      to: { dependencyTypes: ['core', 'npm'], pathNot: '^(node:)?net$' },
    },
    {
      name: 'one-signalling-client',
      comment: 'drachtio-srf is spoken in src/sip alone.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/sip/'] },
      to: { path: 'node_modules/drachtio-srf' },
    },
    {
      name: 'one-media-client',
      comment: 'modesl is spoken in src/media alone.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/media/'] },
      to: { path: 'node_modules/modesl' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
    reporterOptions: { text: { highlightFocused: true } },
  },
};
