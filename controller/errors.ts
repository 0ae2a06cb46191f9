/** What kind of failure ended an operation; stable, for code that decides by it. */
export type ErrorCode =
  | "api_refused"
  | "api_unreachable"
  | "address_refused"
  | "config_invalid"
  | "config_refused"
  | "envoy_failed"
  | "envoy_missing"
  | "fetch_failed"
  | "filter_missing"
  | "gateway_unreachable"
  | "not_leader"
  | "port_taken"
  | "timeout";

/** A failure of the world around the controller. The message tells the user what to do and holds no secret. */
export class ControllerError extends Error {
  override readonly name = "ControllerError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
