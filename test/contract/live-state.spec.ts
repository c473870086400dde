import { InMemoryAgentDirectory, InMemoryNonceMemory, InMemoryQuotaLedger } from '@sallyport/coordination';
import { FakeClock } from '@sallyport/testing';
import { describe } from 'vitest';
import { agentDirectoryContract } from './agent-directory.contract.js';
import { nonceMemoryContract } from './nonce-memory.contract.js';
import { quotaLedgerContract } from './quota-ledger.contract.js';

describe('live state in process', () => {
  quotaLedgerContract(() => {
    const clock = new FakeClock();
    return { ledger: new InMemoryQuotaLedger(clock), clock };
  });
  nonceMemoryContract(() => {
    const clock = new FakeClock();
    return { nonces: new InMemoryNonceMemory(clock), clock };
  });
  agentDirectoryContract(() => new InMemoryAgentDirectory());
});
