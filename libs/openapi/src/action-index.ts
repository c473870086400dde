import type { RpcAction } from './action.js';
import { missingParameter, rpcError } from './rpc-error.js';
import type { RpcRequest } from './rpc-request.js';

/** Finds the row of an action table that a request is for. Names alone are not unique: versions are part of the key. */
export class ActionIndex<Row extends { readonly action: RpcAction }> {
  readonly #versions = new Map<string, Map<string, Row>>();

  constructor(rows: Iterable<Row>) {
    for (const row of rows) {
      const { name, version } = row.action;
      const names = this.#versions.get(version) ?? new Map<string, Row>();
      this.#versions.set(version, names.set(name, row));
    }
  }

  /** @throws RpcError `MissingParameter` (Action, Version), `InvalidVersion`, `InvalidAction.NotFound` */
  find({ action, version }: Pick<RpcRequest, 'action' | 'version'>): Row {
    if (!action) throw missingParameter('Action');
    if (!version) throw missingParameter('Version');
    const names = this.#versions.get(version);
    if (!names) throw rpcError('InvalidVersion');
    const row = names.get(action);
    if (!row) throw rpcError('InvalidAction.NotFound');
    return row;
  }
}
