/** Objects that the controller owns: what it writes to them, and how that is compared. */
import { createHash } from "node:crypto";
import { type KubernetesObject, MANAGED_BY } from "../api/resources.ts";
import { canonicalJson, type JsonValue } from "../model/ids.ts";
import { OWNER_NAME, OWNER_NAMESPACE } from "../render/istio/names.ts";

/** Owner of an object, as in `metadata.ownerReferences`. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller: boolean;
}

const OUR_LABELS = [MANAGED_BY, OWNER_NAME, OWNER_NAMESPACE];

/** Hash of all that the controller decides about an object: two with one digest need no write. */
export function digestOf(object: KubernetesObject): string {
  const { labels = {} } = object.metadata;
  const decided = {
    labels: OUR_LABELS.map((name) => labels[name] ?? null),
    owners: ownerReferencesOf(object).map(({ apiVersion, kind, name, uid, controller }) => ({
      ...{ apiVersion, kind, name, uid },
      controller: controller ?? false,
    })),
    spec: (object.spec ?? null) as JsonValue,
  };
  return createHash("sha256").update(canonicalJson(decided)).digest("base64");
}

/** The owners of an object. */
function ownerReferencesOf({ metadata }: KubernetesObject): OwnerReference[] {
  const { ownerReferences } = metadata as { ownerReferences?: OwnerReference[] };
  return ownerReferences ?? [];
}

/** The object with one owner, which takes it along when it is deleted. */
export function withOwner(object: KubernetesObject, owner: OwnerReference): KubernetesObject {
  const metadata = { ...object.metadata, ownerReferences: [owner] };
  return { ...object, metadata };
}
