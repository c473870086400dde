import type {
  CreateActivationBody,
  DescribeCloudAssistantStatusBody,
  DescribeInstancesBody,
  DescribeManagedInstancesBody,
  DescribeTerminalSessionsBody,
  StartTerminalSessionBody,
} from '@sallyport/openapi';

/** Actions that the ends call, each with its answer; all are of one product version. */
export interface RpcActions {
  readonly CreateActivation: CreateActivationBody;
  readonly DescribeCloudAssistantStatus: DescribeCloudAssistantStatusBody;
  readonly DescribeInstances: DescribeInstancesBody;
  readonly DescribeManagedInstances: DescribeManagedInstancesBody;
  readonly DescribeTerminalSessions: DescribeTerminalSessionsBody;
  readonly EndTerminalSession: object;
  readonly StartTerminalSession: StartTerminalSessionBody;
}

/** Values by the names of the wire; a list becomes `Name.1`, `Name.2`, …; what is undefined is not sent. */
export type RpcParameters = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Parameters as they are sent (spec openapi §3). */
export function flattenParameters(parameters: RpcParameters): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    if (typeof value === 'object') value.forEach((item, index) => flat.set(`${name}.${index + 1}`, item));
    else flat.set(name, String(value));
  }
  return flat;
}
