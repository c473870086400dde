import { systemClock } from '@sallyport/kernel';
import { nodeHttp } from './api/node-http.js';
import { wsDial } from './api/ws-dial.js';
import { readEnvironment } from './config.js';
import type { CliContext } from './context.js';
import { runProgram } from './program.js';
import { leaveOutputAlone } from './terminal/output-processing.js';

const context: CliContext = {
  environment: readEnvironment(),
  io: {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
    leaveOutputAlone,
  },
  clock: systemClock,
  http: nodeHttp,
  dial: wsDial,
  exitCode: 0,
};

// `| head` closes standard output early: no failure of ours. A session has its own listener, which ends it.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

await runProgram(context, process.argv.slice(2));
// Sockets kept for another call, and standard input, would hold the process.
process.exit(context.exitCode);
