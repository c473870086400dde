import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canReach, canUse } from './reach.js';

const stranger = { uid: 64_321, gid: 64_321 };
const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

let root: string;
let file: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-reach-')));
  chmodSync(root, 0o711);
  mkdirSync(join(root, 'inner'), { mode: 0o711 });
  file = join(root, 'inner', 'program');
  writeFileSync(file, '', { mode: 0o755 });
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

describe('reach', () => {
  it('passes through folders that may be entered but not listed', () => {
    expect(canReach(file, stranger)).toBe(true);
    expect(canUse(file, stranger)).toBe(true);
  });

  it('ends at a folder that is closed to the user, wherever it is on the way', () => {
    chmodSync(root, 0o700);
    expect(canReach(file, stranger)).toBe(false);
    expect(canReach(file, self)).toBe(true);
  });

  it('does not use a file that may be run but not read', () => {
    chmodSync(file, 0o711);
    expect(canReach(file, stranger)).toBe(true);
    expect(canUse(file, stranger)).toBe(false);
  });

  it("looks at the group's rights for a member of the group, and only at those", () => {
    chmodSync(join(root, 'inner'), 0o701);
    expect(canReach(file, { uid: stranger.uid, gid: self.gid })).toBe(false);
    expect(canReach(file, stranger)).toBe(true);
  });

  it('looks at where a link leads', () => {
    mkdirSync(join(root, 'closed'), { mode: 0o700 });
    symlinkSync(file, join(root, 'closed', 'link'));
    expect(canReach(join(root, 'closed', 'link'), stranger)).toBe(true);
  });
});
