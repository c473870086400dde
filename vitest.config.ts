import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

const shared = {
  // SWC emits the decorator metadata that Nest's injection reads; Vite's own transform does not.
  plugins: [swc.vite({ module: { type: 'es6' } })],
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['{libs,apps,tools}/**/*.spec.ts'],
          exclude: ['**/dist/**', '**/node_modules/**'],
        },
      },
      {
        ...shared,
        test: {
          name: 'system',
          include: ['test/{contract,property,integration,e2e,compat}/**/*.spec.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
