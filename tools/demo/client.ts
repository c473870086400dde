import { RpcClient } from '@sallyport/client';
import { systemClock } from '@sallyport/kernel';
import { readFileSync } from 'node:fs';
import { nodeHttp } from '../../apps/cli/src/api/node-http.js';
import type { DemoServer } from './server.js';

/** Calls the demo's server as its root user. */
export function clientOf({ url, accessKey, caFile }: DemoServer): RpcClient {
  const ca = caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
  const regionId = process.env['SALLYPORT_REGION'] ?? 'local';
  return new RpcClient({ endpoint: url, accessKey, regionId, http: nodeHttp(ca), clock: systemClock });
}
