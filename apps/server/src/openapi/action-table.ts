import { Injectable } from '@nestjs/common';
import { ActionIndex, type RpcRequest } from '@sallyport/openapi';
import type { ActionRow } from './action-row.js';
import { ActivationActions } from './activation.actions.js';
import { CloudAssistantActions } from './cloud-assistant.actions.js';
import { IdentityActions } from './identity.actions.js';
import { InstanceActions } from './instance.actions.js';
import { SessionActions } from './session.actions.js';
import { SwitchActions } from './switch.actions.js';

/** The action families; each has a file of its own. */
export const ACTION_FAMILIES = [
  SessionActions,
  SwitchActions,
  ActivationActions,
  InstanceActions,
  CloudAssistantActions,
  IdentityActions,
];

/** Every action of the API. */
@Injectable()
export class ActionTable {
  readonly #index: ActionIndex<ActionRow>;

  constructor(
    sessions: SessionActions,
    switches: SwitchActions,
    activations: ActivationActions,
    instances: InstanceActions,
    cloudAssistant: CloudAssistantActions,
    identity: IdentityActions,
  ) {
    const families = [sessions, switches, activations, instances, cloudAssistant, identity];
    this.#index = new ActionIndex(families.flatMap(({ rows }) => rows));
  }

  /** @throws RpcError `MissingParameter`, `InvalidVersion`, `InvalidAction.NotFound` */
  find(request: RpcRequest): ActionRow {
    return this.#index.find(request);
  }
}
