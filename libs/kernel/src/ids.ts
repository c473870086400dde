declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Tenant: 16 decimal digits. */
export type AccountId = Branded<'AccountId'>;
/** `LTAI` and 20 letters or digits; temporary keys begin `STS.`. */
export type AccessKeyId = Branded<'AccessKeyId'>;
/** `mi-…` (registered by an activation) or `i-…` (declared by an admin). */
export type InstanceId = Branded<'InstanceId'>;
/** Lower-case UUID. */
export type ActivationId = Branded<'ActivationId'>;
/** `s-` and 20 characters. */
export type SessionId = Branded<'SessionId'>;
/** 32 hexadecimal characters, 128 random bits: fits the agent layout's fixed field (docs/protocol.md). */
export type ChannelId = Branded<'ChannelId'>;
/** `n-` and 16 characters, new at each start of a node. */
export type NodeId = Branded<'NodeId'>;
/** Upper-case UUID, one for each API request. */
export type RequestId = Branded<'RequestId'>;

const LOWER_AND_DIGITS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const LETTERS_AND_DIGITS = `ABCDEFGHIJKLMNOPQRSTUVWXYZ${LOWER_AND_DIGITS}`;

/**
 * Random text over `alphabet` (2 to 64 characters), every character equally likely.
 * @param length  number of characters, 1 or more
 */
function randomText(length: number, alphabet: string): string {
  // Bytes at or above the largest multiple of the alphabet's size would favour its first characters.
  const unbiased = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length - text.length)))
      if (byte < unbiased) text += alphabet.charAt(byte % alphabet.length);
  }
  return text;
}

/** A secret of `length` letters and digits (5.95 bits each). */
export const randomSecret = (length: number): string => randomText(length, LETTERS_AND_DIGITS);

export const newAccountId = (): AccountId => `1${randomText(15, '0123456789')}` as AccountId;
export const newAccessKeyId = (): AccessKeyId => `LTAI${randomText(20, LETTERS_AND_DIGITS)}` as AccessKeyId;
export const newManagedInstanceId = (): InstanceId => `mi-${randomText(19, LOWER_AND_DIGITS)}` as InstanceId;
export const newActivationId = (): ActivationId => crypto.randomUUID() as ActivationId;
export const newSessionId = (): SessionId => `s-${randomText(20, LOWER_AND_DIGITS)}` as SessionId;
export const newChannelId = (): ChannelId => randomText(32, '0123456789abcdef') as ChannelId;
export const newNodeId = (): NodeId => `n-${randomText(16, LOWER_AND_DIGITS)}` as NodeId;
export const newRequestId = (): RequestId => crypto.randomUUID().toUpperCase() as RequestId;
