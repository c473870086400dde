import { FakeClock } from '@sallyport/testing';
import { decode, encodeResizeBinary, MessageType } from '@sallyport/wire';
import { describe, expect, it } from 'vitest';
import {
  ascii,
  CHANNEL,
  ChannelHarness,
  from101,
  from102,
  fromAgent,
  fromOwn,
  isSame,
  pattern,
  received,
  receivedOf,
  stream,
  text,
} from './channel-harness.js';

const { Input, Output, Resize, Close, Open, Sync, Status } = MessageType;

function joined(
  clientHint: 'unknown' | 'client-1.01' | 'own-1.03',
  agentLayout: 'agent-1.01' | 'own-1.03',
  kind: 'shell' | 'port' = 'shell',
) {
  const clock = new FakeClock();
  const harness = new ChannelHarness(clock, { kind });
  const client = harness.client(clientHint);
  const agent = harness.agent(agentLayout);
  agent.feedMessage(agentLayout === 'own-1.03' ? fromOwn(MessageType.Ready) : fromAgent(''));
  client.writes.length = agent.writes.length = 0;
  return { clock, harness, client, agent };
}

describe('from a client to a stock agent', () => {
  it('Input gets the agent header, its own sequence and the time, and keeps its payload', () => {
    const { client, agent, clock } = joined('client-1.01', 'agent-1.01');
    client.feedMessage(from101(Input, 'ls\r'));
    client.feedMessage(from101(Input, 'id\r'));
    const [first, second] = received(agent, 'agent-1.01');
    expect(first).toMatchObject({ type: Input, channelId: CHANNEL, createdMs: clock.nowMs() });
    expect([first, second].map((message) => text(message?.payload ?? ascii('')))).toEqual(['ls\r', 'id\r']);
    expect(second?.sequence).toBe((first?.sequence ?? 0) + 1);
  });

  it('a binary Resize becomes JSON, a JSON one stays, and what is no size is dropped', () => {
    const { client, agent } = joined('client-1.01', 'agent-1.01');
    client.feedMessage(from101(Resize, encodeResizeBinary({ rows: 24, cols: 80 })));
    client.feedMessage(from101(Resize, '{"cols":81,"rows":25}'));
    client.feedMessage(from101(Resize, Uint8Array.of(0, 0, 0, 0)));
    expect(receivedOf(agent, 'agent-1.01', Resize).map(({ payload }) => text(payload))).toEqual([
      '{"cols":80,"rows":24}',
      '{"cols":81,"rows":25}',
    ]);
  });

  it('Open and Sync are consumed', () => {
    const { client, agent, harness } = joined('client-1.01', 'agent-1.01');
    client.feedMessage(from101(Open));
    client.feedMessage(from101(Sync));
    expect(agent.messages).toEqual([]);
    expect(harness.told).toEqual(['opened']);
  });

  it('an empty Input reaches a shell, and never a port, which would dial its target again', () => {
    const shell = joined('unknown', 'agent-1.01');
    shell.client.feedMessage(from102({ type: Input, inputSeq: 1 }));
    expect(receivedOf(shell.agent, 'agent-1.01', Input)).toHaveLength(1);
    const port = joined('unknown', 'agent-1.01', 'port');
    port.client.feedMessage(from102({ type: Input, inputSeq: 1 }));
    port.client.feedMessage(from102({ type: Resize, payload: encodeResizeBinary({ rows: 24, cols: 80 }) }));
    expect(port.agent.messages).toEqual([]);
  });

  it('the created time is never 0', () => {
    const harness = new ChannelHarness(new FakeClock(1));
    const client = harness.client();
    const agent = harness.agent();
    agent.feedMessage(fromAgent('$'));
    client.feedMessage(from101(Input, 'x'));
    for (const { createdMs } of received(agent, 'agent-1.01')) expect(createdMs).toBeGreaterThan(0);
    for (const { createdMs } of received(client, 'client-1.01')) expect(createdMs).toBeGreaterThan(0);
  });
});

describe('from a client to an own agent', () => {
  it('Input carries its position and Resize is binary, from either form', () => {
    const { client, agent } = joined('client-1.01', 'own-1.03');
    client.feedMessage(from101(Input, 'abc'));
    client.feedMessage(from101(Resize, '{"cols":80,"rows":24}'));
    client.feedMessage(from101(Input, 'de'));
    const messages = received(agent, 'own-1.03');
    expect(messages.map(({ type, sequence }) => [type, sequence])).toEqual([
      [Input, 0],
      [Resize, 3],
      [Input, 3],
    ]);
    expect(messages[1]?.payload).toEqual(encodeResizeBinary({ rows: 24, cols: 80 }));
  });
});

describe('from an agent to a client', () => {
  it('1.01 gets the 30-byte header with empty ids', () => {
    const { client, agent } = joined('client-1.01', 'agent-1.01');
    agent.feedMessage(fromAgent('hello\r\n'));
    const [frame] = client.messages;
    expect(frame).toHaveLength(30 + 7);
    expect(received(client, 'client-1.01')[0]).toMatchObject({ type: Output, channelId: '' });
    expect(text(frame?.subarray(30) ?? ascii(''))).toBe('hello\r\n');
  });

  it('1.02 gets the channel id, numbers from 1 without gaps, and the highest input consumed', () => {
    const { client, agent } = joined('unknown', 'agent-1.01');
    client.feedMessage(from102({ type: Input, payload: 'x', inputSeq: 7, channelId: '' }));
    client.feedMessage(from102({ type: Input, payload: 'y', inputSeq: 5 }));
    for (let i = 0; i < 3; i++) agent.feedMessage(fromAgent(`${i}`));
    expect(
      received(client, 'client-1.02').map(({ outputSeq, inputSeq, channelId }) => [
        outputSeq,
        inputSeq,
        channelId,
      ]),
    ).toEqual([1, 2, 3].map((seq) => [seq, 7, CHANNEL]));
  });

  it('a client of unknown layout gets 1.02 frames with the channel id, and its numbers go on when it turns out 1.02', () => {
    const { client, agent } = joined('unknown', 'agent-1.01');
    agent.feedMessage(fromAgent('a'));
    client.feedMessage(from102({ type: Input, payload: 'x', inputSeq: 1, outputSeq: 1 }));
    agent.feedMessage(fromAgent('b'));
    expect(received(client, 'client-1.02').map(({ outputSeq }) => outputSeq)).toEqual([1, 2]);
  });

  it('a client that turns out to be 1.01 gets 1.01 frames from then on', () => {
    const { client, agent } = joined('unknown', 'agent-1.01');
    agent.feedMessage(fromAgent('a'));
    client.feedMessage(from101(Input, 'x'));
    agent.feedMessage(fromAgent('b'));
    const [first, second] = client.messages;
    expect(decode('client-1.02', first ?? ascii('')).ok).toBe(true);
    expect(decode('client-1.01', second ?? ascii('')).ok).toBe(true);
  });

  it('1.03 gets positions', () => {
    const { client, agent } = joined('own-1.03', 'own-1.03');
    agent.feedMessage(fromOwn(Output, 'abc'));
    agent.feedMessage(fromOwn(Output, 'de', 3));
    expect(received(client, 'own-1.03').map(({ sequence }) => sequence)).toEqual([0, 3]);
  });

  it('a payload at the 1.02 length and one byte more both arrive complete, in pieces that 1.02 can say', () => {
    for (const length of [65_535, 65_536, 1_048_576]) {
      const { client, agent } = joined('unknown', 'agent-1.01');
      agent.feedMessage(fromAgent(pattern(length)));
      expect(isSame(stream(client, 'client-1.02', Output), pattern(length))).toBe(true);
    }
  });

  it('the messages of own agents reach 1.03 clients in order and no others', () => {
    const own = joined('own-1.03', 'own-1.03');
    own.agent.feedMessage(fromOwn(Output, 'bye'));
    own.agent.feedMessage(fromOwn(MessageType.Exit, Uint8Array.of(3)));
    expect(received(own.client, 'own-1.03').map(({ type }) => type)).toEqual([Output, MessageType.Exit]);
    expect(own.harness.told).toEqual(['opened', 'exited {"code":3}']);
    const stock = joined('client-1.01', 'own-1.03');
    stock.agent.feedMessage(fromOwn(MessageType.Exit, Uint8Array.of(3)));
    expect(stock.client.messages).toEqual([]);
    expect(stock.harness.told).toEqual(['opened', 'exited {"code":3}']);
  });

  it('a closed target is for a 1.03 client to hear, and for the session where the client has no word for it', () => {
    const own = joined('own-1.03', 'own-1.03', 'port');
    own.agent.feedMessage(fromOwn(MessageType.TargetClosed));
    expect(received(own.client, 'own-1.03').map(({ type }) => type)).toEqual([MessageType.TargetClosed]);
    const stock = joined('client-1.01', 'own-1.03', 'port');
    stock.agent.feedMessage(fromOwn(MessageType.TargetClosed));
    stock.agent.feedMessage(fromOwn(MessageType.TargetClosed));
    expect(own.harness.told).toEqual(['opened']);
    expect(stock.harness.told).toEqual(['opened', 'targetClosed']);
  });

  it('a failed target is told with its reason', () => {
    const { harness, agent } = joined('client-1.01', 'own-1.03', 'port');
    agent.feedMessage(fromOwn(MessageType.TargetError, 'connection refused'));
    expect(harness.told).toEqual(['opened', 'targetFailed connection refused']);
  });
});

describe('counters', () => {
  it('tell payload bytes of each direction and when they last moved', () => {
    const { harness, client, agent, clock } = joined('client-1.01', 'agent-1.01');
    const startMs = clock.nowMs();
    clock.advance(1_000);
    client.feedMessage(from101(Input, 'abc'));
    clock.advance(1_000);
    client.feedMessage(from101(Input));
    expect(harness.channel.lastPayloadAtMs).toBe(startMs + 1_000);
    agent.feedMessage(fromAgent('hello'));
    expect(harness.channel.lastPayloadAtMs).toBe(startMs + 2_000);
    expect([harness.channel.bytesToAgent, harness.channel.bytesToClient]).toEqual([3, 5]);
  });
});

describe('violations', () => {
  const badClient: [string, Uint8Array, string][] = [
    ['an Output', from101(Output, 'x'), '1002 clients send no message of this type'],
    ['a Status', from101(Status, 'x'), '1002 clients send no message of this type'],
    [
      'another version',
      from102({ type: Input, payload: 'x' }),
      '1002 the version text is not the one of this layout',
    ],
    ['a short frame', from101(Input).subarray(0, 29), '1002 the frame ends inside its header'],
    [
      'an unknown type',
      Uint8Array.from(from101(Input), (byte, at) => (at === 0 ? 7 : byte)),
      '1002 this layout has no such message type',
    ],
    ['another channel id', from101(Input, 'x', 'other'), '1002 the channel id is of another channel'],
  ];
  it.each(badClient)('%s of a client is told, and nothing more is read', (_, frame, rule) => {
    const { harness, client, agent } = joined('client-1.01', 'agent-1.01');
    client.feedMessage(frame);
    client.feedMessage(from101(Input, 'late'));
    expect(harness.told).toEqual(['opened', `violated client ${rule}`]);
    expect(client.isPaused).toBe(true);
    expect(agent.messages).toEqual([]);
  });

  it('a payload of 1 MiB passes and one byte more is 1009', () => {
    const at = joined('client-1.01', 'agent-1.01');
    at.client.feedMessage(from101(Input, new Uint8Array(1_048_576)));
    expect(at.harness.channel.bytesToAgent).toBe(1_048_576);
    const over = joined('client-1.01', 'agent-1.01');
    const frame = new Uint8Array(30 + 1_048_577);
    frame.set(from101(Input));
    over.client.feedMessage(frame);
    expect(over.harness.told).toEqual(['opened', 'violated client 1009 the payload is over 1 MiB']);
  });

  it('a first message of no known version is none of ours', () => {
    const { harness, client } = joined('unknown', 'agent-1.01');
    client.feedMessage(ascii('GET / HTTP/1.1 and the rest of a header'));
    expect(harness.told).toEqual(['opened', 'violated client 1002 no version of this protocol']);
  });

  it('a broken WebSocket rule is told the same way', () => {
    const { harness, client } = joined('client-1.01', 'agent-1.01');
    client.feed(Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 0x61));
    expect(harness.told).toEqual(['opened', 'violated client 1002 text frame']);
  });

  const badAgent: [string, Uint8Array][] = [
    ['an Input', fromAgent('x', Input)],
    ['a Status', fromAgent('x', Status)],
    ['another channel id', fromAgent('x', Output, 'other')],
    ['58 bytes', fromAgent('x').subarray(0, 58)],
  ];
  it.each(badAgent)('%s of a stock agent is told, and nothing more is read', (_, frame) => {
    const { harness, agent, client } = joined('client-1.01', 'agent-1.01');
    agent.feedMessage(frame);
    agent.feedMessage(fromAgent('late'));
    expect(harness.told).toHaveLength(2);
    expect(harness.told[1]).toContain('violated agent 1002');
    expect(client.messages).toEqual([]);
  });

  it('an Exit without a status is no message', () => {
    const { harness, agent } = joined('client-1.01', 'own-1.03');
    agent.feedMessage(fromOwn(MessageType.Exit));
    expect(harness.told).toEqual(['opened', 'violated agent 1002 agents send no such message']);
  });

  it('a Close ends the client, and what it says after that does not matter', () => {
    const { harness, client, agent } = joined('client-1.01', 'agent-1.01');
    client.feedMessage(from101(Close, '1'));
    client.feedMessage(from101(Input, 'late'));
    client.hangUp();
    expect(harness.told).toEqual(['opened', 'clientGone closed']);
    expect(agent.messages).toEqual([]);
  });
});
