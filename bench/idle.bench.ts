import type { Bench, Figure } from './bench.js';
import { rssKiB } from './support/process-figures.js';
import { openBareRelay, openLoad, openStage } from './support/stage.js';

const PAIRS = 1_000;
/** Sockets settle and garbage goes before memory is read. */
const SETTLE_MS = 5_000;
const LOAD = { pairs: PAIRS, layout: 'stock', payloadBytes: 1_024, bytesPerPair: 0 } as const;

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

/** What a session costs that does nothing. */
export const idle: Bench = {
  name: 'idle',
  what: `resident memory per idle session, ${PAIRS} sessions`,
  run: async () => {
    const bare = await bareRun();
    const own = await sallyportRun();
    const anchor = 'bare ws';
    const figures: Figure[] = [{ name: anchor, value: bare, unit: 'KiB' }];
    figures.push({
      name: 'Sallyport',
      value: own,
      unit: 'KiB',
      goal: '≤ 32',
      anchor: { name: anchor, ratio: own / bare },
    });
    return figures;
  },
};

async function bareRun(): Promise<number> {
  const { relay, url } = await openBareRelay();
  try {
    return await growth(relay.pid, () => openLoad({ relay: 'bare', url, ...LOAD }));
  } finally {
    await relay.stop();
  }
}

async function sallyportRun(): Promise<number> {
  const { server, identity } = await openStage();
  try {
    const plan = { relay: 'sallyport', url: server.httpUrl, root: server.root, identity, ...LOAD } as const;
    return await growth(server.pid, () => openLoad(plan));
  } finally {
    await server.stop();
  }
}

/** @returns KiB that the process grew by for each pair */
async function growth(pid: number, open: () => ReturnType<typeof openLoad>): Promise<number> {
  await settled();
  const before = rssKiB(pid);
  const load = await open();
  try {
    await settled();
    return (rssKiB(pid) - before) / PAIRS;
  } finally {
    await load.kill();
  }
}
