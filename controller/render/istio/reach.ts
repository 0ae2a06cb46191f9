/** Whether the filter can reach the pods that serve an APIRule. */
import type { Gateway } from "../../api/resources.ts";
import type { ApiRuleResult } from "../../model/exposure.ts";

/** No WasmPlugin can select the pods of a Gateway without labels and no others. */
const NO_SELECTOR = {
  path: ".spec.gateway",
  message:
    "the Gateway has no spec.selector, so that every gateway serves it; set the labels of the pods that are to",
};

/** The result for a cluster: refused where no WasmPlugin can be made for the Gateway. Undefined: a Gateway that is not known. */
export function resultInReach(result: ApiRuleResult, gateway: Gateway | undefined): ApiRuleResult {
  if (result.exposure === undefined || gateway === undefined || selectsByLabels(gateway)) return result;
  const { exposure: _, problems, ...rest } = result;
  return { ...rest, problems: [...problems, NO_SELECTOR] };
}

function selectsByLabels({ spec: { selector = {} } }: Gateway): boolean {
  return Object.keys(selector).length > 0;
}
