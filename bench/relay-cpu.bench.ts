import { median, type Bench, type Figure } from './bench.js';
import type { LoadPlan } from './support/pairs.js';
import { cpuSeconds } from './support/process-figures.js';
import { openBareRelay, openLoad, openStage, runLoad } from './support/stage.js';

const GIB = 1_073_741_824;
const PAYLOADS = [1_024, 16_384];
const PAIRS = 10;
const RUNS = 3;
/** Enough to be measured in ticks of 10 ms, small enough for a run of the whole in minutes. */
const TOTAL_BYTES = 32 * 1_048_576;

/** Where load goes, and whose CPU is counted. */
interface Target {
  readonly pid: number;
  readonly plan: Pick<LoadPlan, 'relay' | 'url' | 'root' | 'identity'>;
}

/** What a byte costs the relay, beside the bare `ws` relay in the same run. */
export const relayCpu: Bench = {
  name: 'relay-cpu',
  what: `relay CPU per GiB, agent to client, ${PAIRS} sessions, median of ${RUNS}`,
  run: async () => {
    const { relay, url } = await openBareRelay();
    const { server, identity } = await openStage();
    const bare: Target = { pid: relay.pid, plan: { relay: 'bare', url } };
    const { httpUrl, root, pid } = server;
    const sallyport: Target = { pid, plan: { relay: 'sallyport', url: httpUrl, root, identity } };
    try {
      const figures: Figure[] = [];
      for (const payloadBytes of PAYLOADS) figures.push(...(await compare(bare, sallyport, payloadBytes)));
      return figures;
    } finally {
      await relay.stop();
      await server.stop();
    }
  },
};

async function compare(bare: Target, sallyport: Target, payloadBytes: number): Promise<Figure[]> {
  const anchorValue = await measure(bare, 'stock', payloadBytes);
  const anchor = `bare ws, ${payloadBytes} B`;
  const figures: Figure[] = [{ name: anchor, value: anchorValue, unit: 's/GiB' }];
  for (const layout of ['stock', 'own-1.03'] as const) {
    const value = await measure(sallyport, layout, payloadBytes);
    const name = `Sallyport ${layout === 'stock' ? 'stock ends, translated' : 'own ends'}, ${payloadBytes} B`;
    figures.push({ name, value, unit: 's/GiB', anchor: { name: anchor, ratio: value / anchorValue } });
  }
  return figures;
}

async function measure(target: Target, layout: LoadPlan['layout'], payloadBytes: number): Promise<number> {
  const values: number[] = [];
  const size = { pairs: PAIRS, bytesPerPair: TOTAL_BYTES / PAIRS };
  for (let i = 0; i < RUNS; i++)
    values.push(await transferCost({ ...target.plan, ...size, layout, payloadBytes }, target.pid));
  return median(values);
}

/** @returns CPU seconds of the relay for each GiB of payload */
async function transferCost(plan: LoadPlan, relayPid: number): Promise<number> {
  const load = await openLoad(plan);
  try {
    const before = cpuSeconds(relayPid);
    const faults = await runLoad(load);
    if (faults > 0) throw new Error(`${faults} messages were lost, doubled or out of order`);
    return (cpuSeconds(relayPid) - before) / (TOTAL_BYTES / GIB);
  } finally {
    await load.kill();
  }
}
