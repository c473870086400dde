import type { AccessKey } from '@sallyport/openapi';
import { join } from 'node:path';
import { z } from 'zod';
import { readIfPresent } from './private-file.js';

const aliyunFile = z.object({
  current: z.string().default('default'),
  profiles: z.array(
    z.object({
      name: z.string(),
      mode: z.string(),
      access_key_id: z.string().default(''),
      access_key_secret: z.string().default(''),
      sts_token: z.string().default(''),
      region_id: z.string().default(''),
    }),
  ),
});

/** What is of use in a profile of the `aliyun` command line. */
export interface AliyunProfile {
  readonly accessKey: AccessKey;
  readonly region?: string;
}

const MODES_WITH_A_KEY = new Set(['AK', 'StsToken']);

/**
 * Reads `~/.aliyun/config.json`.
 * @param name  the profile, else the file's current one
 * @returns undefined when the file, the profile or a key in it is absent: other modes have no key to sign with
 */
export async function readAliyunProfile(homeDir: string, name?: string): Promise<AliyunProfile | undefined> {
  const text = await readIfPresent(join(homeDir, '.aliyun', 'config.json'));
  const file = text === undefined ? undefined : aliyunFile.safeParse(parseJson(text));
  if (file?.success !== true) return undefined;
  const wanted = name ?? file.data.current;
  const found = file.data.profiles.find(
    (profile) => profile.name === wanted && MODES_WITH_A_KEY.has(profile.mode),
  );
  if (found === undefined || found.access_key_id === '' || found.access_key_secret === '') return undefined;
  const accessKey = { accessKeyId: found.access_key_id, accessKeySecret: found.access_key_secret };
  return {
    accessKey: found.sts_token === '' ? accessKey : { ...accessKey, securityToken: found.sts_token },
    ...(found.region_id === '' ? {} : { region: found.region_id }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
