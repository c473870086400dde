import { Module } from '@nestjs/common';
import { AgentControlGateway } from '../sockets/agent-control.gateway.js';
import { AgentDataSocket } from '../sockets/agent-data.socket.js';
import { ClientSocket } from '../sockets/client.socket.js';
import { UpgradeRouter } from '../sockets/upgrade-router.js';

/** Role `relay`: the sockets of clients and agents. */
@Module({
  providers: [UpgradeRouter, ClientSocket, AgentDataSocket, AgentControlGateway],
  exports: [UpgradeRouter, AgentControlGateway],
})
export class RelayModule {}
