/** Freezes a value and all it holds, maps included. Values must not be circular. Gives the same value back. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) {
    for (const [key, held] of value) {
      deepFreeze(key);
      deepFreeze(held);
    }
    // Object.freeze leaves a Map's content open to set() and its like.
    for (const method of ['set', 'delete', 'clear']) {
      Object.defineProperty(value, method, { value: refuseChange });
    }
  }
  for (const held of Object.values(value)) deepFreeze(held);
  return Object.freeze(value);
}

function refuseChange(): never {
  throw new TypeError('the configuration is frozen');
}
