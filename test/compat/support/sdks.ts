import { $OpenApiUtil } from '@alicloud/openapi-core';
import RPCClient from '@alicloud/pop-core';
import { createRequire } from 'node:module';
import { Agent } from 'node:https';
import type { ServerProcess } from '@sallyport/testing';

/** Parameters with the names of the wire; lists are arrays. */
export type SdkParameters = Readonly<Record<string, unknown>>;

/** What an SDK tells of a refusal. */
export interface SdkError {
  readonly code: string;
}

/** A public SDK, unmodified, behind one face. */
export interface Sdk {
  readonly name: string;
  /** @returns the answer with the names of the wire. Rejects with what the SDK throws, which has a `code` */
  call(action: string, parameters: SdkParameters): Promise<Readonly<Record<string, unknown>>>;
}

// As most of their users do: what `import` makes of a CommonJS default export differs between loaders.
const load = createRequire(import.meta.url);
const ecs = load('@alicloud/ecs20140526') as TeaLibrary;
const sts = load('@alicloud/sts20150401') as TeaLibrary;

const REGION = 'local';

interface TeaModel {
  toMap(): Record<string, unknown>;
}
type TeaRequest = new (map: Readonly<Record<string, unknown>>) => unknown;
/** A client under `default`, and a class for each request. */
type TeaLibrary = Record<string, TeaRequest> & {
  readonly default: new (config: $OpenApiUtil.Config) => Record<string, TeaMethod>;
};
type TeaMethod = (request?: unknown) => Promise<{ readonly body: TeaModel }>;

/** Both listeners and all generations of signatures that the public Node clients have. */
export function ecsSdks(server: ServerProcess): readonly Sdk[] {
  return [
    typedSdk('@alicloud/ecs20140526, V3, HTTP', ecs, configOf(server, 'http')),
    typedSdk('@alicloud/ecs20140526, V3, TLS', ecs, configOf(server, 'https')),
    typedSdk('@alicloud/ecs20140526, V1, HTTP', ecs, configOf(server, 'http', { signatureAlgorithm: 'v2' })),
    popSdk('@alicloud/pop-core, GET, HTTP', server, 'http', 'GET'),
    popSdk('@alicloud/pop-core, POST, TLS', server, 'https', 'POST'),
  ];
}

/** The typed client of STS. */
export const stsSdk = (server: ServerProcess): Sdk =>
  typedSdk('@alicloud/sts20150401, V3, TLS', sts, configOf(server, 'https'));

type Protocol = 'http' | 'https';

const hostOf = (server: ServerProcess, protocol: Protocol): string =>
  new URL(protocol === 'http' ? server.httpUrl : server.httpsUrl).host;

function configOf(
  server: ServerProcess,
  protocol: Protocol,
  more: Record<string, string> = {},
): $OpenApiUtil.Config {
  const { accessKeyId, accessKeySecret } = server.root;
  const endpoint = hostOf(server, protocol);
  return new $OpenApiUtil.Config({
    accessKeyId,
    accessKeySecret,
    regionId: REGION,
    endpoint,
    protocol,
    ca: server.ca,
    ...more,
  });
}

/** Requests are made by name: `StartTerminalSessionRequest` for `startTerminalSession`. */
function typedSdk(name: string, library: TeaLibrary, config: $OpenApiUtil.Config): Sdk {
  const client = new library.default(config);
  return {
    name,
    call: async (action, parameters) => {
      const method = client[lowerFirst(action)]?.bind(client);
      if (!method) throw new Error(`${name} has no ${action}`);
      const Request = library[`${action}Request`];
      const answer = await (Request ? method(new Request(camelCase(parameters))) : method());
      return answer.body.toMap();
    },
  };
}

function popSdk(name: string, server: ServerProcess, protocol: Protocol, method: 'GET' | 'POST'): Sdk {
  const { accessKeyId, accessKeySecret } = server.root;
  const endpoint = `${protocol}://${hostOf(server, protocol)}`;
  const client = new RPCClient({ accessKeyId, accessKeySecret, endpoint, apiVersion: '2014-05-26' });
  const agent = protocol === 'https' ? { agent: new Agent({ ca: server.ca }) } : {};
  return {
    name,
    call: (action, parameters) =>
      client.request(action, { RegionId: REGION, ...parameters }, { method, ...agent }),
  };
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const camelCase = (parameters: SdkParameters): Record<string, unknown> => ({
  regionId: REGION,
  ...Object.fromEntries(Object.entries(parameters).map(([key, value]) => [lowerFirst(key), value])),
});
