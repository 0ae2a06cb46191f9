/** The controller of a cluster. */
export { loadClusterAccess } from "../kube/credentials.ts";
export { runController } from "./controller.ts";
