import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { AppError } from '@sallyport/kernel';
import { FAULTS } from '@sallyport/openapi';
import type { Logger } from '@sallyport/platform';
import type { Response } from 'express';
import { LOGGER } from '../core/tokens.js';

/**
 * Refusals in the form that agents read: a JSON `code` beside the HTTP status. Agents take a status up to 400 for a
 * success (spec wire §1.5), so none of these is below 401.
 */
@Catch()
export class AgentErrorFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const status = Math.max(this.#statusOf(error), 401);
    if (!response.headersSent)
      response.status(status).json({ code: status, instanceId: '', errMsg: messageOf(error) });
  }

  #statusOf(error: unknown): number {
    if (error instanceof HttpException) return error.getStatus();
    const code = error instanceof AppError ? error.code : 'INTERNAL';
    const { http, logLevel } = FAULTS[code];
    this.logger[logLevel]({ code, ...(http >= 500 && { err: error }) }, 'agent request refused');
    return http;
  }
}

const messageOf = (error: unknown): string =>
  error instanceof AppError && FAULTS[error.code].isTextForUsers ? error.message : 'refused';
