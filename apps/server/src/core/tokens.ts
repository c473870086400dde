/** Injection token of the node's settings (`Settings` of platform). */
export const SETTINGS = Symbol('settings');
/** Injection token of the `Clock`. */
export const CLOCK = Symbol('clock');
/** Injection token of the program's logger (`Logger` of platform). */
export const LOGGER = Symbol('logger');
/** Injection token of the `ClientAddress` finder of platform. */
export const CLIENT_ADDRESS = Symbol('client address');
