import pg from 'pg';

/** How PostgreSQL is reached: an address as in `DATABASE_URL`, or the socket directory of the embedded one. */
export type Connection =
  | { readonly url: string }
  | {
      /** Host name, or absolute path of the directory of a Unix socket. */
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password: string;
      readonly database: string;
    };

/** Connections of one node; the embedded database accepts a few more, for the migration and an operator. */
const POOL_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** Above the server's own limit, so that it only fires when the server cannot answer at all. */
const RESPONSE_TIMEOUT_MS = 12_000;
/** Each connection costs the database some megabytes: quiet ones are given back soon. */
const IDLE_TIMEOUT_MS = 10_000;

/** The driver's form of `connection`. */
export function clientConfig(connection: Connection): pg.ClientConfig {
  const target = 'url' in connection ? { connectionString: connection.url } : connection;
  return {
    ...target,
    application_name: 'sallyport',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  };
}

/** A pool whose connections, statements and waits are all bounded. A lost idle connection is replaced when next needed. */
export function openPool(connection: Connection): pg.Pool {
  const pool = new pg.Pool({
    ...clientConfig(connection),
    max: POOL_CONNECTIONS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: RESPONSE_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
  });
  // A lost connection: the pool drops it, and whoever used it is told. Without listeners Node would end the process; one
  // on the pool alone does not hear of a connection that is lent out and between two statements.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
