/** Names and labels of the objects that are rendered. */
import { MANAGED_BY, MANAGER } from "../../api/resources.ts";
import type { ObjectRef } from "../../model/exposure.ts";
import { shorten } from "../../model/object-names.ts";

export { objectName, shortHash } from "../../model/object-names.ts";

/** Longest value of a label. */
const MAX_LABEL_VALUE = 63;

/** Labels that name the APIRule of an object. */
export const OWNER_NAME = "apirule.gateway.kyma-project.io/name";
export const OWNER_NAMESPACE = "apirule.gateway.kyma-project.io/namespace";

/** Labels of an object that belongs to no single APIRule. */
export function managerLabels(): Record<string, string> {
  return { [MANAGED_BY]: MANAGER };
}

/** Labels of an object that belongs to an APIRule. */
export function ownerLabels(apiRule: ObjectRef): Record<string, string> {
  const { namespace, name } = labelRef(apiRule);
  return { ...managerLabels(), [OWNER_NAME]: name, [OWNER_NAMESPACE]: namespace };
}

/** How labels name an APIRule: what is too long for one ends in its hash. */
export function labelRef({ namespace, name }: ObjectRef): ObjectRef {
  return { namespace: shorten(namespace, MAX_LABEL_VALUE), name: shorten(name, MAX_LABEL_VALUE) };
}

/** What the labels of an object name, as `labelRef` does; both parts are empty where nothing is named. */
export function ownerIn(labels: Readonly<Record<string, string>>): ObjectRef {
  return { namespace: labels[OWNER_NAMESPACE] ?? "", name: labels[OWNER_NAME] ?? "" };
}
