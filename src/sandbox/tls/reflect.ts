/**
 * The corner of the Reflect metadata API that `@peculiar/x509` asks for on import (its dependency injection reads
 * decorators' metadata). Nothing here uses decorators, so an honest map per target is all there is to it.
 */
const metadata = new WeakMap<object, Map<unknown, unknown>>();

function getMetadata(key: unknown, target: object): unknown {
  return metadata.get(target)?.get(key);
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const own = metadata.get(target) ?? new Map<unknown, unknown>();
  metadata.set(target, own.set(key, value));
}

const hasReflectMetadata: boolean = "getMetadata" in Reflect;

if (!hasReflectMetadata) Object.assign(Reflect, { getMetadata, getOwnMetadata: getMetadata, defineMetadata });
