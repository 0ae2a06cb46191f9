/** The filter that this controller brings along. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ControllerError, messageOf } from "../errors.ts";
import { filterPath } from "../standalone/installation.ts";

export interface FilterModule {
  bytes: Buffer;
  /** Hexadecimal. */
  sha256: string;
}

/** Reads the built filter. Throws ControllerError `filter_missing`. */
export async function readModule(): Promise<FilterModule> {
  try {
    const bytes = await readFile(filterPath());
    return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
  } catch (error) {
    throw new ControllerError("filter_missing", `the filter cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
