import { once } from 'node:events';
import { request } from 'node:http';
import { rpc, signedHeaders, type AgentIdentity, type RootCredentials } from '@sallyport/testing';
import { WebSocket, type ClientOptions } from 'ws';

/** What a load process is asked to do. */
export interface LoadPlan {
  readonly relay: 'bare' | 'sallyport';
  /** `http://host:port`. */
  readonly url: string;
  /** Layout on both sides: stock ends (translated by Sallyport), or own ones. */
  readonly layout: 'stock' | 'own-1.03';
  readonly pairs: number;
  readonly payloadBytes: number;
  readonly bytesPerPair: number;
  /** Of Sallyport only. */
  readonly root?: RootCredentials;
  readonly identity?: AgentIdentity;
}

/** The two ends of one session. */
export interface Pair {
  readonly agent: WebSocket;
  readonly client: WebSocket;
  readonly channelId: string;
}

const BATCH = 20;
const OWN = { 'x-sallyport-protocol': '1.03' };

/** Joins pairs through the bare relay. */
export async function openBarePairs({ url, pairs }: LoadPlan): Promise<Pair[]> {
  const opened: Pair[] = [];
  for (let i = 0; i < pairs; i++) {
    const agent = await dial(`${url}/?id=${i}`, {});
    const client = await dial(`${url}/?id=${i}`, {});
    opened.push({ agent, client, channelId: `c-${i}` });
  }
  return opened;
}

/** Starts sessions and joins both ends, as an agent that answers kicks and as their clients. */
export async function openSallyportPairs(plan: LoadPlan): Promise<Pair[]> {
  const { url, root, identity, layout } = plan;
  if (!root || !identity) throw new Error('a plan for Sallyport needs credentials and an identity');
  const waiting = new Map<string, (agent: WebSocket) => void>();
  const early = new Map<string, WebSocket>();
  const control = await dial(`${url}/luban/notify_server`, headersOf(identity, layout));
  control.on('message', (data: Buffer) => {
    const kick = data.toString();
    control.send(`accept:${kick}`);
    const [, , action, channelId = ''] = kick.split(' ');
    if (action === 'start') void joinAgent(plan, channelId, waiting, early);
  });
  await post(url, '/luban/api/v1/task/list?reason=startup', identity);
  const target = { endpoint: url, credentials: root, regionId: 'local' };
  const opened: Pair[] = [];
  for (let i = 0; i < plan.pairs; i += BATCH) {
    const size = Math.min(BATCH, plan.pairs - i);
    const batch = Array.from({ length: size }, async () => {
      const started = await rpc(target, 'StartTerminalSession', { 'InstanceId.1': identity.instanceId });
      // The plain listener, whichever the answer names: the anchor is without TLS as well.
      const { pathname, search } = new URL(String(started['WebSocketUrl']));
      return openPair(`${url}${pathname}${search}`, layout, waiting, early);
    });
    opened.push(...(await Promise.all(batch)));
  }
  return opened;
}

async function openPair(
  url: string,
  layout: LoadPlan['layout'],
  waiting: Map<string, (agent: WebSocket) => void>,
  early: Map<string, WebSocket>,
): Promise<Pair> {
  let channelId = '';
  const headers = layout === 'own-1.03' ? OWN : { 'x-acs-session-token': '' };
  const client = await dial(url, headers, (answered) => (channelId = answered));
  const agent =
    early.get(channelId) ?? (await new Promise<WebSocket>((resolve) => waiting.set(channelId, resolve)));
  return { agent, client, channelId };
}

async function joinAgent(
  { url, identity, layout }: LoadPlan,
  channelId: string,
  waiting: Map<string, (agent: WebSocket) => void>,
  early: Map<string, WebSocket>,
): Promise<void> {
  if (!identity) return;
  await post(url, `/luban/api/v1/session/list?channelId=${channelId}`, identity);
  const agent = await dial(
    `${url}/luban/session/backend?channelId=${channelId}`,
    headersOf(identity, layout),
  );
  const taker = waiting.get(channelId);
  if (taker) taker(agent);
  else early.set(channelId, agent);
}

const headersOf = (identity: AgentIdentity, layout: LoadPlan['layout']): Record<string, string> => ({
  ...Object.fromEntries(signedHeaders(identity, Date.now())),
  ...(layout === 'own-1.03' && OWN),
});

async function dial(
  url: string,
  headers: Record<string, string>,
  onChannel?: (channelId: string) => void,
): Promise<WebSocket> {
  const options: ClientOptions = { perMessageDeflate: false, headers };
  const socket = new WebSocket(url.replace(/^http/, 'ws'), options);
  socket.on('upgrade', (response) => onChannel?.(String(response.headers['x-sallyport-channel'])));
  await once(socket, 'open');
  return socket;
}

async function post(url: string, path: string, identity: AgentIdentity): Promise<void> {
  const headers = Object.fromEntries(signedHeaders(identity, Date.now()));
  await new Promise<void>((resolve, reject) => {
    request(`${url}${path}`, { method: 'POST', headers }, (response) => {
      response.resume().on('end', resolve);
    })
      .on('error', reject)
      .end();
  });
}
