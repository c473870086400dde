import type { InstanceFilter } from '@sallyport/fleet';
import type { AccountId } from '@sallyport/kernel';
import { Prisma } from './generated/client.js';
import { tagPattern } from './tags.js';

/** `LIKE` pattern for a name in which `*` stands for any run of characters and everything else for itself. */
const likePattern = (name: string): string => name.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');

/** Lists of ids go as one array: as single parameters they would be limited to 32,767. */
const oneOf = (ids: readonly string[]): Prisma.Sql => Prisma.sql`id = ANY(${[...ids]}::text[])`;

function* conditions(filter: InstanceFilter): Generator<Prisma.Sql> {
  const { ids, name, ip, osType, activationId, machineId, among, tags } = filter;
  if (ids) yield oneOf(ids);
  if (name !== undefined) yield Prisma.sql`name LIKE ${likePattern(name)}`;
  if (ip !== undefined) yield Prisma.sql`${ip} IN (intranet_ip, internet_ip)`;
  if (osType !== undefined) yield Prisma.sql`lower(os_type) = lower(${osType})`;
  if (activationId !== undefined) yield Prisma.sql`activation_id = ${activationId}`;
  if (machineId !== undefined) yield Prisma.sql`machine_id = ${machineId}`;
  if (among) yield among.isNegated ? Prisma.sql`NOT ${oneOf(among.ids)}` : oneOf(among.ids);
  if (tags) yield Prisma.sql`tags @> ${JSON.stringify(tagPattern(tags))}::jsonb`;
}

/** The SQL condition of a list of instances, without its page. */
export function instanceConditions(accountId: AccountId, region: string, filter: InstanceFilter): Prisma.Sql {
  const scope = [Prisma.sql`account_id = ${accountId}`, Prisma.sql`region = ${region}`];
  return Prisma.join([...scope, ...conditions(filter)], ' AND ');
}
