import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError } from '@sallyport/kernel';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 'sb1';

/**
 * Seals secrets at rest with AES-256-GCM under the deployment's master key.
 * A sealed text is `sb1.<key id>.<base64url of nonce, ciphertext and tag>`; the key id tells which master key opens it,
 * so that keys can be rotated one row at a time.
 */
export class SecretBox {
  readonly #key: Uint8Array;
  /** First 8 hexadecimal characters of the key's SHA-256. */
  readonly keyId: string;

  /** @param masterKey 32 bytes */
  constructor(masterKey: Uint8Array) {
    if (masterKey.length !== KEY_BYTES) throw new RangeError(`a master key has ${KEY_BYTES} bytes`);
    this.#key = masterKey;
    this.keyId = createHash('sha256').update(masterKey).digest('hex').slice(0, 8);
  }

  /** @param context names what is sealed; the same text must be given to {@link open}, so that rows cannot be swapped */
  seal(plain: string, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(context));
    const body = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${FORMAT}.${this.keyId}.${body.toString('base64url')}`;
  }

  /** @throws AppError `INTERNAL` when the text was sealed by another key, for another context, or was changed */
  open(sealed: string, context: string): string {
    const [format, keyId, body] = sealed.split('.');
    if (format !== FORMAT || keyId !== this.keyId || body === undefined)
      throw new AppError('INTERNAL', 'a stored secret was sealed with another master key');
    const bytes = Buffer.from(body, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      return (
        decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
      );
    } catch (cause) {
      throw new AppError('INTERNAL', 'a stored secret cannot be opened', { cause });
    }
  }
}
