/** The sample workload as a process of its own; its argument is the port of 127.0.0.1. */
import { startUpstream } from "../../../tools/demo/upstream.ts";

await startUpstream({ port: Number(process.argv[2]) });
