import { z } from 'zod';
import { defineAction, paged, PAGING_SHAPE } from '../action.js';
import { boundedText, clientToken, integer, json, oneOf, text } from '../fields.js';
import type { RpcCode } from '../rpc-codes.js';
import { ECS } from './versions.js';

const code = (value: RpcCode): RpcCode => value;

const encryptionOptions = json(
  z.object({
    Enabled: z.boolean().default(false),
    Mode: z.enum(['Auto', 'Kms']).default('Auto'),
    KMSKeyId: z.string().optional(),
  }),
);

/** Several ids are legal on the wire but one session reaches one instance; the id comes out alone. */
const oneInstance = z
  .array(z.string())
  .max(10, code('InstanceIds.ExceedLimit'))
  .max(1, code('InvalidInstanceIds.CountLimitExceeded'))
  .transform(([id = '']) => id);

/** `StartTerminalSession`; `InstanceId` comes out as one id. */
export const startTerminalSession = defineAction({
  name: 'StartTerminalSession',
  version: ECS,
  shape: {
    RegionId: text,
    InstanceId: oneInstance,
    PortNumber: integer(1, 65_535, 'PortNumber.Invalid').optional(),
    TargetServer: boundedText(128, 'InvalidTargetServer.LengthLimitExceeded')
      .regex(/^[^\s\p{Cc}]+$/u)
      .optional(),
    CommandLine: boundedText(512, 'InvalidCommandLine.LengthLimitExceeded').optional(),
    Username: boundedText(255, 'Username.ExceedLimit').optional(),
    PasswordName: boundedText(255, 'InvalidPasswordName.LengthLimitExceeded').optional(),
    ConnectionType: oneOf('Internet', 'Intranet').default('Internet'),
    EncryptionOptions: encryptionOptions.optional(),
    ClientToken: clientToken,
  },
  target: ['InstanceId'],
  rules: (schema) =>
    schema
      .refine((p) => p.CommandLine === undefined || (p.PortNumber ?? p.TargetServer) === undefined, {
        error: code('InvalidCommandLine.Conflict'),
        abort: true,
      })
      .refine(
        (p) => p.TargetServer === undefined || p.PortNumber !== undefined,
        code('InvalidTargetServer.MissingPortNumber'),
      ),
});

/** Parameters of {@link startTerminalSession}. */
export type StartTerminalSessionParameters = ReturnType<typeof startTerminalSession.parse>;

/** Answer to {@link startTerminalSession}. */
export interface StartTerminalSessionBody {
  SecurityToken: string;
  SessionId: string;
  WebSocketUrl: string;
}

/** `EndTerminalSession`; answered by nothing but the request id. */
export const endTerminalSession = defineAction({
  name: 'EndTerminalSession',
  version: ECS,
  shape: { RegionId: text, SessionId: text },
  target: ['SessionId'],
});

/** Parameters of {@link endTerminalSession}. */
export type EndTerminalSessionParameters = ReturnType<typeof endTerminalSession.parse>;

/** `DescribeTerminalSessions`; tokens only. */
export const describeTerminalSessions = paged(
  defineAction({
    name: 'DescribeTerminalSessions',
    version: ECS,
    shape: {
      RegionId: text,
      InstanceId: z.string().optional(),
      SessionId: z.string().optional(),
      MaxResults: PAGING_SHAPE.MaxResults,
      NextToken: PAGING_SHAPE.NextToken,
    },
    target: ['InstanceId'],
  }),
  { maxSize: 100, hasPageNumbers: false },
);

/** Parameters of {@link describeTerminalSessions}. */
export type DescribeTerminalSessionsParameters = ReturnType<typeof describeTerminalSessions.parse>;

/** One row of {@link describeTerminalSessions}. */
export interface TerminalSessionMember {
  SessionId: string;
  CreationTime: string;
  ClientIP: string;
  IdentityType: string;
  PrincipalId: string;
  Username?: string | undefined;
  PortNumber?: number | undefined;
  TargetServer?: string | undefined;
  Connections: { Connection: TerminalConnectionMember[] };
}

/** One end of a session. */
export interface TerminalConnectionMember {
  InstanceId: string;
  Status: 'Connecting' | 'Connected' | 'Terminated' | 'Failed';
  StartTime?: string | undefined;
  EndTime?: string | undefined;
  ClosedReason?: string | undefined;
  /** Only when failed. */
  FailedDetail?: string | undefined;
}

/** Answer to {@link describeTerminalSessions}. */
export interface DescribeTerminalSessionsBody {
  NextToken: string;
  Sessions: { Session: TerminalSessionMember[] };
}
