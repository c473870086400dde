export { Browser102, type Browser102Options, type BrowserEnd, type BrowserState } from './browser102.js';
export { Cli101Connection, type Cli101Events, type ClientEnd } from './cli101-connection.js';
export { Cli101PortForward, type Cli101PortForwardOptions } from './cli101-port-forward.js';
export { Cli101Stream, type Cli101StreamOptions, type StreamMode } from './cli101-stream.js';
export { Cli101Terminal, type Cli101Options } from './cli101-terminal.js';
export * from './client-frames.js';
export { OutputLog } from './output-log.js';
