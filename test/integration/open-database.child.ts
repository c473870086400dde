// Opens and closes the database at the address in URL; the exit status tells whether that worked.
import { openDatabase } from '@sallyport/persistence';

const database = await openDatabase({ kind: 'url', url: process.env['URL'] ?? '' });
await database.close();
