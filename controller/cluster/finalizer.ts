/** Keeps a deleted APIRule until its routes are gone. */
import type { KeptApiRule } from "./kept-objects.ts";

export const FINALIZER = "gateway.kyma-project.io/tollgate";

/** A merge patch that sets the finalizers, and fails when the APIRule has changed in between. */
export function finalizersPatch({ object }: KeptApiRule, finalizers: readonly string[]): object {
  const { uid, resourceVersion } = object.metadata;
  return { metadata: { uid, resourceVersion, finalizers } };
}
