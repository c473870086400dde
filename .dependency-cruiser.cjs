/** Who may import whom (docs/adr/0001-house.md). Each rule says why it exists. */
const PLAIN = 'kernel|wire|openapi|policy|iam|fleet|session|relay|client';

/** Libraries of the workspace that each library may import, beside itself. */
const ALLOWED = {
  kernel: [],
  wire: [],
  openapi: ['kernel'],
  platform: ['kernel'],
  iam: ['kernel'],
  fleet: ['iam', 'kernel'],
  session: ['fleet', 'iam', 'kernel'],
  relay: ['wire', 'kernel'],
  client: ['wire', 'openapi', 'kernel'],
  coordination: ['iam', 'fleet', 'session', 'kernel'],
  persistence: ['iam', 'fleet', 'session', 'kernel'],
};

const direction = Object.entries(ALLOWED).map(([lib, targets]) => ({
  name: `${lib}-direction`,
  comment: `libs/${lib} may import only: ${targets.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^libs/${lib}/src`, pathNot: '\\.spec\\.ts$' },
  to: { path: '^(libs|apps|test|tools|bench)/', pathNot: `^libs/(${[lib, ...targets].join('|')})/` },
}));

/** One owner per outside thing: what only the named places may import. */
const owner = (what, places, why) => ({
  name: `owner-of-${what.replace(/[^a-z0-9]+/gi, '-')}`,
  comment: why,
  severity: 'error',
  from: { path: '^(libs|apps)/', pathNot: `(${places}|\\.spec\\.ts$|^libs/testing/)` },
  to: { path: `node_modules/${what}` },
});

module.exports = {
  forbidden: [
    ...direction,
    {
      name: 'no-circular',
      comment: 'A cycle has no natural reading order.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-app-to-app',
      comment: 'Apps meet over the wire, never by import.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'no-testing-in-product',
      comment: 'Fakes and launchers serve tests only.',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: '(\\.spec\\.ts$|^libs/testing/)' },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'server-imports-no-client',
      comment: 'The server answers; it does not use the client kit.',
      severity: 'error',
      from: { path: '^apps/server/src' },
      to: { path: '^libs/client/' },
    },
    {
      name: 'ends-stay-small',
      comment: 'CLI, agent and console share the client kit and the wire, nothing of the server.',
      severity: 'error',
      from: { path: '^apps/(cli|agent|console)/src' },
      to: { path: '^libs/', pathNot: '^libs/(client|openapi|wire|kernel|testing)/' },
    },
    {
      name: 'no-deep-import',
      comment: 'A lib is its index.ts.',
      severity: 'error',
      from: { path: '^(libs|apps|test|tools|bench)/([^/]+)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: '(^libs/[^/]+/src/index\\.ts$|^$1/$2/)' },
    },
    {
      name: 'plain-libs',
      comment: 'Domain libs run without a framework, a driver or an environment.',
      severity: 'error',
      from: { path: `^libs/(${PLAIN})/src` },
      to: { path: 'node_modules/(@nestjs|ioredis|@prisma|pino|express)' },
    },
    owner('ioredis', '^libs/coordination', 'Redis is reached through coordination ports.'),
    owner('@prisma', '^libs/persistence', 'No Prisma type leaves persistence.'),
    owner('jose', '^libs/iam', 'Tokens are made and read in iam.'),
    owner('(passport|@nestjs/passport)', '^apps/server', 'Strategies belong to the server.'),
    owner('pino', '^(libs/platform|apps/server)', 'One logger, one redaction list.'),
    owner('ws/', '^apps/(server/src/sockets|cli|agent)', 'Only the edges know WebSocket objects.'),
    owner('@lydell/node-pty', '^apps/agent', 'Pseudo-terminals exist on the instance only.'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|/generated/)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
    },
  },
};
