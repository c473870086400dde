import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One line of a recorded exchange (transcripts/README). */
export interface TranscriptEvent {
  readonly t: number;
  /** TCP connection, from 1; 0 for marks. */
  readonly conn: number;
  readonly dir: 'in' | 'out' | '-';
  readonly kind:
    'http-request' | 'http-response' | 'ws-upgrade' | 'ws-frame' | 'ws-close' | 'tcp-close' | 'mark';
  readonly method?: string;
  readonly path?: string;
  readonly query?: string | null;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly bodyHex?: string;
  readonly status?: number;
  readonly opcode?: number;
  readonly hex?: string;
  readonly note?: string;
  readonly code?: number;
  readonly reason?: string;
}

/** The first line of a recorded exchange. */
export interface TranscriptMeta {
  readonly startedAtMs: number;
  readonly instanceId?: string;
  readonly machineId?: string;
  readonly publicKeyPem?: string;
  readonly accessKeyId?: string;
  readonly accessKeySecret?: string;
}

/** A recorded exchange of a public program. */
export interface Transcript {
  readonly meta: TranscriptMeta;
  readonly events: readonly TranscriptEvent[];
}

/** Reads `test/fixtures/transcripts/<name>.jsonl`. */
export function readTranscript(name: string): Transcript {
  const url = new URL(`../../../test/fixtures/transcripts/${name}.jsonl`, import.meta.url);
  const [meta, ...events] = readFileSync(fileURLToPath(url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  return { meta: meta as TranscriptMeta, events: events as TranscriptEvent[] };
}
