import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { toAppError } from './database-error.js';
import { PrismaClient, type Prisma } from './generated/client.js';

/** How long a transaction waits for a connection, and how long it may then take. */
const TRANSACTION = { maxWait: 5_000, timeout: 10_000 };

/** Prisma, with every error turned into an AppError. Repositories reach the database through this and nothing else. */
export class DatabaseClient {
  readonly #prisma: PrismaClient;

  /** @param pool stays the caller's: {@link close} does not end it */
  constructor(pool: pg.Pool) {
    this.#prisma = new PrismaClient({
      adapter: new PrismaPg(pool),
      errorFormat: 'minimal',
      transactionOptions: TRANSACTION,
    });
  }

  /** @throws AppError `DEPENDENCY_UNAVAILABLE` (retryable), `INTERNAL` */
  async run<T>(work: (prisma: PrismaClient) => Promise<T>): Promise<T> {
    try {
      return await work(this.#prisma);
    } catch (error) {
      throw toAppError(error);
    }
  }

  /** Runs `work` in one transaction: all of it happens, or none. Errors as with {@link run}. */
  transaction<T>(work: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T> {
    return this.run((prisma) => prisma.$transaction(work));
  }

  /** Asks for an answer. Errors as with {@link run}. */
  async ping(): Promise<void> {
    await this.run((prisma) => prisma.$queryRaw`SELECT 1`);
  }

  close(): Promise<void> {
    return this.#prisma.$disconnect();
  }
}
