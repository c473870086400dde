import { Injectable } from '@nestjs/common';

/** Whether this node wants work. */
@Injectable()
export class Readiness {
  isReady = false;
}
