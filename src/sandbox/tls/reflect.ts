/**
 * The part of the Reflect metadata API that `@peculiar/x509` needs when it is loaded: its dependency injection reads the
 * metadata of decorators. It must be imported before that library.
 */
const metadata = new WeakMap<object, Map<unknown, unknown>>();

function getMetadata(key: unknown, target: object): unknown {
  return metadata.get(target)?.get(key);
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const own = metadata.get(target) ?? new Map<unknown, unknown>();
  metadata.set(target, own.set(key, value));
}

if (!("getMetadata" in Reflect))
  Object.assign(Reflect, { getMetadata, getOwnMetadata: getMetadata, defineMetadata });
