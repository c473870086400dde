import { MessageType } from './message.js';

/** The version texts as the little-endian u32 at offset 4: `1.01`, `1.02`, `1.03`. */
export const VERSION_101 = 0x31_30_2e_31;
export const VERSION_102 = 0x32_30_2e_31;
export const VERSION_103 = 0x33_30_2e_31;

/** Where the version text stands in every layout. */
export const VERSION_AT = 4;

/** Whether the stock layouts have this message type. */
export const isStockType = (type: number): boolean => type <= MessageType.Sync;

/** @throws RangeError unless `type` is one of 0–6: stock ends never see the others */
export function checkStockType(type: number): void {
  if (!Number.isInteger(type) || type < 0 || !isStockType(type))
    throw new RangeError('the stock layouts have message types 0 to 6');
}

/** @throws RangeError when the payload is over `maxBytes` */
export function checkPayload(payload: Uint8Array, maxBytes: number): void {
  if (payload.length > maxBytes) throw new RangeError(`a payload has at most ${maxBytes} bytes here`);
}
