export type { AgentServer } from './agent-http.js';
export { newAgentKeys, signedHeaders, type AgentIdentity } from './agent-identity.js';
export { PtyOutput, type PtyOptions } from './pty-output.js';
export type { Observation, ObservationKind } from './observations.js';
export {
  registerBody,
  RegistrationRefused,
  registerStockAgent,
  STOCK_USER_AGENT,
  type RegisterOptions,
} from './register-stock-agent.js';
export { StockAgentDouble, type StockAgentOptions } from './stock-agent-double.js';
