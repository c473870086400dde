import { All, Body, Controller, Get, Header, HttpCode, Post, UseFilters, UseGuards } from '@nestjs/common';
import { AgentDirectory, type Instance } from '@sallyport/fleet';
import { AgentErrorFilter } from './agent-error.filter.js';
import { AgentGuard, SignedBy } from './agent.guard.js';

/** What a stock agent reports once it has dialled its control socket again (spec wire §1.13). */
const CONTROL_SOCKET_SWITCHED = 'switch_channel_in_wsk';

/** Everything else that stock agents call: each gets the answer that keeps it going (spec wire §1.13). */
@Controller('/luban')
@UseFilters(AgentErrorFilter)
export class ChoresController {
  constructor(private readonly directory: AgentDirectory) {}

  /** Exactly these two letters tell an agent that it has found its server. */
  @Get('api/connection_detect')
  @Header('content-type', 'text/plain')
  detect(): string {
    return 'ok';
  }

  /** There is no update: agents of others are not ours to replace. */
  @Post('api/v1/update/update_check')
  @HttpCode(200)
  @UseGuards(AgentGuard)
  update(): object {
    return { flag: 0, instanceId: '', need_update: 0, next_interval: 0 };
  }

  @Post('api/gshell')
  @HttpCode(200)
  gshell(): object {
    return { code: 200, gshellSupport: 'false' };
  }

  /** Makes agents ask once a day instead of every half hour. */
  @Post('api/instance/list_instance_state_configurations')
  @HttpCode(200)
  @UseGuards(AgentGuard)
  stateConfigurations(): object {
    return { errCode: 'ServiceNotSupported', errMsg: '' };
  }

  @Post('api/v1/plugin/list')
  @HttpCode(200)
  @UseGuards(AgentGuard)
  plugins(): object {
    return { code: 200, pluginList: [] };
  }

  /** A running agent that has changed its control socket reads kicks already, though this node may not know it yet. */
  @Post('api/v1/exception/client_report')
  @HttpCode(200)
  @UseGuards(AgentGuard)
  async clientReport(@SignedBy() { id }: Instance, @Body() body: unknown): Promise<object> {
    if (body instanceof Uint8Array && Buffer.from(body).includes(CONTROL_SOCKET_SWITCHED))
      await this.directory.ready(id);
    return { code: 200 };
  }

  /** Metrics, reports of things this release does not start, calls of later agents. */
  @All('*rest')
  @HttpCode(200)
  @UseGuards(AgentGuard)
  anything(): object {
    return { code: 200 };
  }
}
