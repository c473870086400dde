import type { Settings } from './settings.js';

/** Ports the listeners got; absent: that listener is off. */
export interface BoundPorts {
  readonly http?: number | undefined;
  readonly https?: number | undefined;
}

/**
 * Base of the URLs given to clients and agents: the setting, else the listener's own, https when that one is on.
 * @returns `https://host:port` without a trailing slash
 */
export function publicBaseUrl({ publicUrl, listen }: Settings, bound: BoundPorts): string {
  if (publicUrl !== undefined) return publicUrl;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return bound.https === undefined ? `http://${host}:${bound.http ?? 0}` : `https://${host}:${bound.https}`;
}
