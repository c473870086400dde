import { WebSocketServer, type WebSocket } from 'ws';

/**
 * The anchor "bare ws": what a Node programmer writes first. Two sockets of one id are joined, each message is sent on.
 * Prints its port as a line of JSON.
 */
const waiting = new Map<string, WebSocket>();
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });

server.on('connection', (socket, request) => {
  const id = new URL(request.url ?? '', 'http://localhost').searchParams.get('id') ?? '';
  const other = waiting.get(id);
  if (!other) {
    waiting.set(id, socket);
    return;
  }
  waiting.delete(id);
  join(socket, other);
  join(other, socket);
});

server.on('listening', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null)
    process.stdout.write(`${JSON.stringify({ port: address.port })}\n`);
});

function join(from: WebSocket, to: WebSocket): void {
  from.on('message', (data: Buffer) => to.send(data));
  from.on('close', () => to.close());
}
