import type { Endpoint, EndpointEvents } from './endpoint.port.js';
import type { ShellCommand } from './shell-command.js';

/**
 * Starts a command behind a new terminal of 80 × 24 characters.
 * @throws EndpointError `Open_pty_failed`
 */
export type OpenTerminal = (command: ShellCommand, events: EndpointEvents) => Endpoint;
