/** `status` of an APIRule. */
import { Type } from "typebox";
import { StringEnum } from "./fields.ts";

const Condition = Type.Object(
  {
    type: Type.String({ maxLength: 316, description: "Name of the condition in CamelCase." }),
    status: StringEnum(["True", "False", "Unknown"], { description: "Whether it holds." }),
    observedGeneration: Type.Optional(
      Type.Integer({
        minimum: 0,
        format: "int64",
        description: "Generation of the APIRule that was judged.",
      }),
    ),
    lastTransitionTime: Type.String({ format: "date-time", description: "When `status` last changed." }),
    reason: Type.String({ minLength: 1, maxLength: 1_024, description: "Why, as one word in CamelCase." }),
    message: Type.String({ maxLength: 32_768, description: "Why, for a person." }),
  },
  { description: "One observation." },
);

/** What was observed. */
export const StatusSchema = Type.Object(
  {
    state: StringEnum(["Processing", "Deleting", "Ready", "Error", "Warning"], {
      description: "Summary of the conditions.",
    }),
    description: Type.Optional(
      Type.String({
        description:
          "The state explained, with the first three problems; the condition Accepted has all of them.",
      }),
    ),
    lastProcessedTime: Type.Optional(
      Type.String({ format: "date-time", description: "When the APIRule was last processed." }),
    ),
    observedGeneration: Type.Optional(
      Type.Integer({
        minimum: 0,
        format: "int64",
        description: "Generation of the APIRule that the state speaks of.",
      }),
    ),
    conditions: Type.Optional(
      Type.Array(Condition, {
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        description: "Observations by type.",
      }),
    ),
  },
  { description: "What the controller observed. Users do not write it." },
);
