import { join } from 'node:path';
import { z } from 'zod';
import { CliError } from '../cli-error.js';
import { readIfPresent, writePrivate } from './private-file.js';

const profile = z.object({
  endpoint: z.string(),
  accessKeyId: z.string(),
  accessKeySecret: z.string(),
  securityToken: z.string().optional(),
  /** Absolute path of a PEM file. */
  ca: z.string().optional(),
  region: z.string().optional(),
});

const profileFile = z.object({ current: z.string(), profiles: z.record(z.string(), profile) });

/** Where one server is and who calls it. */
export type Profile = z.infer<typeof profile>;

/** All profiles by name, and the one that is used when none is named. */
export type ProfileFile = z.infer<typeof profileFile>;

/** `~/.sallyport/config.json`. */
export const profilePath = (homeDir: string): string => join(homeDir, '.sallyport', 'config.json');

/** Reads the profiles; none when there is no file. @throws CliError when the file is not one of ours */
export async function readProfiles(homeDir: string): Promise<ProfileFile> {
  const path = profilePath(homeDir);
  const text = await readIfPresent(path);
  if (text === undefined) return { current: 'default', profiles: {} };
  try {
    return profileFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new CliError(`${path} is not a profile file of sallyport`, {
      hint: 'Move it away and run `sallyport configure`.',
      cause,
    });
  }
}

/** Writes the profiles, readable by their owner only. */
export const writeProfiles = (homeDir: string, file: ProfileFile): Promise<void> =>
  writePrivate(profilePath(homeDir), `${JSON.stringify(file, undefined, 2)}\n`);
