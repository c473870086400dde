export { openDatabase, type Database, type DatabaseConfig } from './database.js';
export { migrationsFolder, prismaFolder, readMigrations } from './migration-files.js';
export { SchemaEngine } from './schema-engine.js';
