import { homedir } from 'node:os';

/** What the environment says; a variable that is empty counts as absent. */
export interface Environment {
  /** Person's home directory, where `.sallyport` and `.aliyun` are looked for. */
  readonly homeDir: string;
  readonly endpoint?: string;
  readonly accessKeyId?: string;
  readonly accessKeySecret?: string;
  readonly securityToken?: string;
  /** Path of a PEM file. */
  readonly ca?: string;
  readonly region?: string;
}

const VARIABLES = {
  endpoint: 'SALLYPORT_ENDPOINT',
  accessKeyId: 'SALLYPORT_ACCESS_KEY_ID',
  accessKeySecret: 'SALLYPORT_ACCESS_KEY_SECRET',
  securityToken: 'SALLYPORT_SECURITY_TOKEN',
  ca: 'SALLYPORT_CA',
  region: 'SALLYPORT_REGION',
} as const;

/** Reads the CLI's variables; the one place that reads the environment. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const given = Object.entries(VARIABLES)
    .map(([name, variable]) => [name, variables[variable]])
    .filter(([, value]) => value !== undefined && value !== '');
  return { homeDir: homedir(), ...(Object.fromEntries(given) as Partial<Environment>) };
}
