import type { Figure } from './bench.js';
import { firstByte } from './first-byte.bench.js';
import { idle } from './idle.bench.js';
import { memory } from './memory.bench.js';
import { relayCpu } from './relay-cpu.bench.js';
import { keep, print } from './report.js';

/** `npm run bench [-- names…]`: figures beside anchors of the same run. Never a test: nothing here passes or fails. */
const BENCHES = [firstByte, memory, idle, relayCpu];

const names = process.argv.slice(2);
const unknown = names.filter((name) => !BENCHES.some((bench) => bench.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no such benchmark: ${unknown.join(', ')}; there are ${BENCHES.map(({ name }) => name).join(', ')}\n`,
  );
  process.exit(2);
}

const results: Record<string, readonly Figure[]> = {};
for (const bench of BENCHES) {
  if (names.length > 0 && !names.includes(bench.name)) continue;
  const figures = await bench.run();
  results[bench.name] = figures;
  print(bench, figures);
}
process.stdout.write(`\nkept in ${keep(results)}\n`);
