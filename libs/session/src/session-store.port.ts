import type { AccountId, InstanceId, NodeId, PageQuery, SessionId, Slice } from '@sallyport/kernel';
import type { EndReason, SessionState } from './session.machine.js';

/** One authorised permission to reach an instance, and what became of it. */
export interface SessionRecord {
  readonly id: SessionId;
  readonly accountId: AccountId;
  readonly region: string;
  readonly instanceId: InstanceId;
  readonly principalArn: string;
  readonly principalId: string;
  /** `account` for the root identity. */
  readonly identityType: string;
  /** Address that asked for the session. */
  readonly clientIp: string;
  /** 1 to 65535 makes it a port session; undefined a shell. */
  readonly portNumber: number | undefined;
  /** Host reached through the instance; undefined: the instance itself. */
  readonly targetServer: string | undefined;
  readonly username: string | undefined;
  readonly commandLine: string | undefined;
  readonly state: SessionState;
  readonly nodeId: NodeId;
  readonly createdAtMs: number;
  /** The first attach must come before this. */
  readonly urlExpiresAtMs: number;
  readonly openedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  readonly endReason: EndReason | undefined;
  /** What went wrong, for people; undefined when nothing did. */
  readonly failedDetail: string | undefined;
}

/** What changes in a record while its session lives. */
export type SessionChange = Partial<
  Pick<SessionRecord, 'state' | 'openedAtMs' | 'endedAtMs' | 'endReason' | 'failedDetail' | 'nodeId'>
>;

/** Conditions that must all hold; an absent one does not restrict. */
export interface SessionFilter {
  readonly id?: string | undefined;
  readonly instanceId?: string | undefined;
}

/** Session records at rest. */
export abstract class SessionStore {
  abstract insert(record: SessionRecord): Promise<void>;
  abstract find(accountId: AccountId, id: SessionId): Promise<SessionRecord | undefined>;
  abstract list(
    accountId: AccountId,
    region: string,
    filter: SessionFilter,
    page: PageQuery,
  ): Promise<Slice<SessionRecord>>;
  /** Changes a record that has not ended yet; one that has stays as it is. @returns whether it was changed */
  abstract update(accountId: AccountId, id: SessionId, change: SessionChange): Promise<boolean>;
  /** All records of a region that have not ended: what a starting node finds of the time before. */
  abstract listUnended(region: string): Promise<readonly SessionRecord[]>;
}
