import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { decode, encodeAgent, encodeOwn, MessageType } from '@sallyport/wire';
import { openBarePairs, openSallyportPairs, type LoadPlan, type Pair } from './pairs.js';

/**
 * The load: opens pairs through a relay, says `ready`, and on `go` sends from the agents' ends to the clients' ends.
 * Each message carries a sequence number; the clients' ends count what is lost, doubled or out of order.
 */
const plan = JSON.parse(process.argv[2] ?? '{}') as LoadPlan;
const MAX_BUFFERED_BYTES = 262_144;
const SEQUENCE_BYTES = 4;

const pairs = plan.relay === 'bare' ? await openBarePairs(plan) : await openSallyportPairs(plan);
process.stdout.write(`${JSON.stringify({ ready: pairs.length })}\n`);

const input = createInterface({ input: process.stdin });
await once(input, 'line');
const faults = (await Promise.all(pairs.map(transfer))).reduce((sum, count) => sum + count, 0);
process.stdout.write(`${JSON.stringify({ done: true, faults })}\n`);
await once(input, 'close');
process.exit(0);

/** @returns how many messages arrived lost, doubled or out of order */
async function transfer(pair: Pair): Promise<number> {
  const count = Math.ceil(plan.bytesPerPair / plan.payloadBytes);
  const received = receive(pair, count);
  for (let sequence = 0; sequence < count; sequence++) {
    pair.agent.send(frame(pair, sequence));
    if (pair.agent.bufferedAmount > MAX_BUFFERED_BYTES) await drained(pair);
  }
  return received;
}

function frame({ channelId }: Pair, sequence: number): Uint8Array {
  const payload = Buffer.alloc(plan.payloadBytes, 0x61);
  payload.writeUInt32LE(sequence);
  if (plan.layout === 'own-1.03')
    return encodeOwn({ type: MessageType.Output, position: sequence * plan.payloadBytes, payload });
  return encodeAgent({ type: MessageType.Output, channelId, createdMs: 1, sequence, payload });
}

async function drained({ agent }: Pair): Promise<void> {
  while (agent.bufferedAmount > MAX_BUFFERED_BYTES / 2) await new Promise((resolve) => setImmediate(resolve));
}

/** Payloads are one stream: the relay may cut it anew, so sequence numbers are looked for at their places in it. */
function receive({ client }: Pair, count: number): Promise<number> {
  return new Promise((resolve) => {
    const total = count * plan.payloadBytes;
    let position = 0;
    let faults = 0;
    let partial = Buffer.alloc(0);
    client.on('message', (data: Buffer) => {
      const payload = outputOf(data);
      if (!payload) return;
      partial = Buffer.concat([partial, payload]);
      for (; partial.length >= plan.payloadBytes; partial = partial.subarray(plan.payloadBytes)) {
        if (partial.subarray(0, SEQUENCE_BYTES).readUInt32LE() !== position / plan.payloadBytes) faults++;
        position += plan.payloadBytes;
      }
      if (position >= total) resolve(faults);
    });
    client.on('close', () => resolve(faults + (total - position) / plan.payloadBytes));
  });
}

function outputOf(data: Buffer): Buffer | undefined {
  // The bare relay passes the agents' layout on; Sallyport speaks the clients'.
  const layout =
    plan.layout === 'own-1.03' ? 'own-1.03' : plan.relay === 'bare' ? 'agent-1.01' : 'client-1.01';
  const message = decode(layout, data);
  return message.ok && message.value.type === MessageType.Output
    ? Buffer.from(message.value.payload)
    : undefined;
}
