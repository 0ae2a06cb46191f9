/** The controller of a cluster. */
export { loadClusterAccess } from "../kube/credentials.ts";
export { type ControllerOptions, runController } from "./controller.ts";
