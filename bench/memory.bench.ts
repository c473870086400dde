import { startServer } from '@sallyport/testing';
import type { Bench } from './bench.js';
import { pssKiB } from './support/process-figures.js';

const AFTER_START_MS = 60_000;

/** How large a node is that has nothing to do, and how soon it is there. */
export const memory: Bench = {
  name: 'memory',
  what: 'server and its PostgreSQL: start, and memory 60 s after it',
  run: async () => {
    const first = performance.now();
    const server = await startServer({});
    const firstMs = performance.now() - first;
    try {
      const second = performance.now();
      await server.restart();
      const readyMs = performance.now() - second;
      await new Promise((resolve) => setTimeout(resolve, AFTER_START_MS));
      return [
        { name: 'first start, database made', value: firstMs, unit: 'ms' },
        { name: 'restart to ready', value: readyMs, unit: 'ms', goal: '≤ 5,000' },
        { name: 'PSS of server and database', value: pssKiB(server.pid) / 1_024, unit: 'MiB', goal: '≤ 250' },
      ];
    } finally {
      await server.stop();
    }
  },
};
