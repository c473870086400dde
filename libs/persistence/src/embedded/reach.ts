import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SystemUser } from './system-user.js';

const READ_AND_ENTER = 0o5;
const ENTER = 0o1;

function permits(path: string, { uid, gid }: SystemUser, wanted: number): boolean {
  const stat = statSync(path);
  const shift = stat.uid === uid ? 6 : stat.gid === gid ? 3 : 0;
  return ((stat.mode >> shift) & wanted) === wanted;
}

/** Whether `user` may enter every folder on the way to `path`, which exists. Symbolic links are followed first. */
export function canReach(path: string, user: SystemUser): boolean {
  let folder = dirname(realpathSync(path));
  for (;;) {
    if (!permits(folder, user, ENTER)) return false;
    if (folder === dirname(folder)) return true;
    folder = dirname(folder);
  }
}

/** Whether `user` may reach `path` and also read and run (or list) it. */
export const canUse = (path: string, user: SystemUser): boolean =>
  canReach(path, user) && permits(path, user, READ_AND_ENTER);
