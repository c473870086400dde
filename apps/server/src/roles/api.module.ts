import { Module } from '@nestjs/common';
import { IdempotencyStore, SecretBox } from '@sallyport/iam';
import type { Clock } from '@sallyport/kernel';
import { ChoresController } from '../agents/chores.controller.js';
import { HeartBeatController } from '../agents/heart-beat.controller.js';
import { RegistrationController } from '../agents/registration.controller.js';
import { TasksController } from '../agents/tasks.controller.js';
import { CLOCK } from '../core/tokens.js';
import { ACTION_FAMILIES, ActionTable } from '../openapi/action-table.js';
import { Idempotency } from '../openapi/idempotency.js';
import { RpcController } from '../openapi/rpc.controller.js';
import { RpcErrorFilter } from '../openapi/rpc-error.filter.js';
import { SignedRequestStrategy } from '../openapi/signed-request.strategy.js';

/** Role `api`: the RPC API and the agents' HTTP calls. */
@Module({
  // The catch-all of the chores comes last.
  controllers: [
    RpcController,
    RegistrationController,
    HeartBeatController,
    TasksController,
    ChoresController,
  ],
  providers: [
    ...ACTION_FAMILIES,
    ActionTable,
    SignedRequestStrategy,
    RpcErrorFilter,
    {
      provide: Idempotency,
      useFactory: (store: IdempotencyStore, box: SecretBox, clock: Clock) =>
        new Idempotency(store, box, clock),
      inject: [IdempotencyStore, SecretBox, CLOCK],
    },
  ],
})
export class ApiModule {}
