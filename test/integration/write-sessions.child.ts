// Opens the embedded database below its argument and stores sessions until it is killed: tells its parent the account,
// then the id of each session once that is committed.
import { openDatabase } from '@sallyport/persistence';
import { account, session } from '../contract/builders.js';

const database = await openDatabase({ kind: 'embedded', dataDir: process.argv[2] ?? '' });
const owner = account();
await database.accounts.insert(owner);
process.send?.(owner.id);

async function write(): Promise<never> {
  for (;;) {
    const record = session(owner.id);
    await database.sessions.insert(record);
    await database.sessions.update(owner.id, record.id, { state: 'opening' });
    process.send?.(record.id);
  }
}

await Promise.all([write(), write(), write()]);
