// Runs a TypeScript tool from source: `node tools/run.mjs tools/demo.ts …`, workspace imports resolved to `src`.
import { spawn } from 'node:child_process';

const [script, ...args] = process.argv.slice(2);
const child = spawn(process.execPath, ['-C', 'source', '--import', 'tsx', script, ...args], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1);
});
