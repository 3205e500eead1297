/**
 * Who may import whom. The rooms and the reasons stand in docs/architecture.md; test/planted/architecture.test.ts plants
 * a violation of each rule and expects it to be caught.
 */
const room = (name) => `^src/${name}/`;
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '(_main|/main|_worker)\\.tsx?$' },
      to: {},
    },
    {
      name: 'protocol-is-pure',
      comment: 'the contract knows no room and does no I/O',
      severity: 'error',
      from: { path: room('protocol') },
      to: { path: '^src/', pathNot: room('protocol') },
    },
    {
      name: 'protocol-no-io',
      severity: 'error',
      from: { path: room('protocol') },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer)$' },
    },
    {
      name: 'client-imports-protocol-only',
      severity: 'error',
      from: { path: room('client') },
      to: { path: '^src/', pathNot: '^src/(client|protocol)/' },
    },
    {
      name: 'server-imports-protocol-only',
      severity: 'error',
      from: { path: room('server') },
      to: { path: '^src/', pathNot: '^src/(server|protocol)/' },
    },
    {
      name: 'tui-never-server',
      severity: 'error',
      from: { path: room('tui') },
      to: { path: '^src/', pathNot: '^src/(tui|client|protocol)/' },
    },
    {
      name: 'one-door-protocol',
      comment: 'a room is entered through its index.ts',
      severity: 'error',
      from: { path: '^src/(client|server|tui)/' },
      to: { path: room('protocol'), pathNot: '^src/protocol/index\\.ts$' },
    },
    {
      name: 'one-door-client',
      severity: 'error',
      from: { path: room('tui') },
      to: { path: room('client'), pathNot: '^src/client/index\\.ts$' },
    },
    {
      name: 'one-door-server-rooms',
      severity: 'error',
      from: { path: '^src/server/([^/]+)/' },
      to: { path: '^src/server/([^/]+)/', pathNot: ['^src/server/$1/', '^src/server/[^/]+/index\\.ts$'] },
    },
    {
      name: 'handlers-touch-no-socket-no-sql',
      severity: 'error',
      from: { path: '^src/server/handlers/' },
      to: {
        path: [
          '^src/server/(net|dispatch)/',
          '^(node:)?(net|tls)$',
          'node_modules/better-sqlite3',
          '^src/server/compose\\.ts$',
        ],
      },
    },
    {
      name: 'handlers-not-each-other',
      severity: 'error',
      from: {
        path: '^src/server/handlers/',
        pathNot: ['^src/server/handlers/index\\.ts$', '^src/server/handlers/[^/]+/index\\.ts$'],
      },
      to: {
        path: '^src/server/handlers/',
        pathNot: '^src/server/handlers/(handler|replies|cursor|lasting|exchange)\\.ts$',
      },
    },
    {
      name: 'handlers-table-by-noun',
      comment: 'a part of the table holds the handlers of its own noun',
      severity: 'error',
      from: { path: '^src/server/handlers/([^/]+)/index\\.ts$' },
      to: {
        path: '^src/server/handlers/',
        pathNot: ['^src/server/handlers/$1/', '^src/server/handlers/handler\\.ts$'],
      },
    },
    {
      name: 'handlers-table-of-its-parts',
      comment: 'the table is put together from the parts, never from single handlers',
      severity: 'error',
      from: { path: '^src/server/handlers/index\\.ts$' },
      to: { path: '^src/server/handlers/[^/]+/', pathNot: '^src/server/handlers/[^/]+/index\\.ts$' },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^src/server/domain/' },
      to: {
        path: ['^src/server/(?!domain/)', '^(node:)?(net|tls|fs|fs/promises|child_process|worker_threads)$'],
      },
    },
    {
      name: 'sqlite-only-in-its-engine',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/server/store/sqlite/' },
      to: { path: 'node_modules/better-sqlite3' },
    },
    {
      name: 'engines-by-their-door',
      comment: 'the store knows an engine, not what is behind it; what an engine runs are operations',
      severity: 'error',
      from: { path: '^src/server/', pathNot: '^src/server/store/(sqlite|postgres|writer)/' },
      to: {
        path: '^src/server/store/(sqlite|postgres)/',
        pathNot: '^src/server/store/(sqlite|postgres)/index\\.ts$',
      },
    },
    {
      name: 'engines-not-each-other',
      severity: 'error',
      from: { path: '^src/server/store/(sqlite|postgres)/' },
      to: { path: '^src/server/store/(sqlite|postgres)/', pathNot: '^src/server/store/$1/' },
    },
    {
      name: 'writer-of-every-engine',
      comment: 'the thread takes an engine by the door for writing, which brings along nothing of reading',
      severity: 'error',
      from: { path: '^src/server/store/writer/' },
      to: {
        path: '^src/server/store/(sqlite|postgres)/',
        pathNot: '^src/server/store/(sqlite/write_queue|postgres/(write_queue|address|isolation))\\.ts$',
      },
    },
    {
      name: 'pg-only-in-its-engine',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/server/store/postgres/' },
      to: { path: 'node_modules/pg/' },
    },
    {
      name: 'operations-know-no-engine',
      comment: 'one text of SQL serves every engine',
      severity: 'error',
      from: { path: '^src/server/store/(operations|reads|records)/' },
      to: { path: '^src/server/store/(sqlite|postgres)/' },
    },
    {
      name: 'ink-only-in-tui',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/tui/' },
      to: { path: 'node_modules/(ink|react)/' },
    },
    {
      name: 'one-door-tui-rooms',
      severity: 'error',
      from: { path: '^src/tui/([^/]+)/' },
      to: { path: '^src/tui/([^/]+)/', pathNot: ['^src/tui/$1/', '^src/tui/[^/]+/index\\.ts$'] },
    },
    {
      name: 'one-door-tui-start',
      comment:
        'what runs before the first paint enters by the doors as well, but for three files, behind whose doors lies ' +
        'more than may be loaded by then: i18n/message (both dictionaries), theme/theme_name (all colours), ' +
        'commands/command_words (every command and the client)',
      severity: 'error',
      from: { path: '^src/tui/[^/]+$' },
      to: {
        path: '^src/tui/[^/]+/',
        pathNot: [
          '^src/tui/[^/]+/index\\.ts$',
          '^src/tui/(i18n/message|theme/theme_name|commands/command_words)\\.ts$',
        ],
      },
    },
    {
      name: 'tui-app-from-the-start-only',
      comment: 'nobody imports upward: the app stands above all, then screens, then components',
      severity: 'error',
      from: { path: '^src/tui/[^/]+/', pathNot: '^src/tui/app/' },
      to: { path: '^src/tui/app/' },
    },
    {
      name: 'tui-screens-from-the-app-only',
      severity: 'error',
      from: { path: room('tui'), pathNot: '^src/tui/(app|screens)/' },
      to: { path: '^src/tui/screens/' },
    },
    {
      name: 'tui-components-from-screens-and-app-only',
      severity: 'error',
      from: { path: room('tui'), pathNot: '^src/tui/(app|screens|components)/' },
      to: { path: '^src/tui/components/' },
    },
    {
      name: 'tui-commands-load-no-ink',
      comment: 'what scripts call starts in a fraction of the time that React takes',
      severity: 'error',
      from: { path: '^src/tui/commands/' },
      to: { path: 'node_modules/(ink|react)/', reachable: true },
    },
    {
      name: 'effects-is-the-only-caller-of-the-client',
      comment:
        'types of the client may be named elsewhere; calls happen in effects/, in reach/ for single commands, and in main',
      severity: 'error',
      from: { path: room('tui'), pathNot: '^src/tui/(effects/|reach/|[a-z_]*main\\.tsx?$)' },
      to: { path: room('client'), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'tui-state-is-pure',
      severity: 'error',
      from: { path: '^src/tui/state/' },
      to: {
        path: [
          '^src/tui/(?!state/|i18n/|text/|theme/|input/)',
          'node_modules/(ink|react)/',
          '^(node:)?(fs|net|tls|child_process)$',
        ],
      },
    },
    {
      name: 'src-never-imports-test',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'no-drawers',
      comment: 'name the noun, or leave the function where it is used',
      severity: 'error',
      from: {},
      to: { path: '^src/.*(utils|helpers|common)(/|\\.tsx?$)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
