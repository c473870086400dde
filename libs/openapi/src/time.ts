/** `2026-01-15T08:30:00Z`: the form of times in requests and answers. @param ms  since the Unix epoch */
export const isoSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
