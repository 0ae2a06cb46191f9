/** Failures of calls to the API server. */
import { ControllerError } from "../errors.ts";

/** The API server has answered with an error. */
export class ApiError extends ControllerError {
  /** HTTP status; of an error inside of a watch, the `code` of its Status object. */
  readonly status: number;
  /** Seconds after which the API server asks to try again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, message: string, retryAfterSeconds?: number) {
    super("api_refused", message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Whether the request was judged and will be judged alike the next time. */
  get isRefusal(): boolean {
    return this.status >= 400 && this.status < 500 && this.status !== 409 && this.status !== 429;
  }
}

/** Whether an object is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** Whether an object has changed in between, or exists already. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

/** Whether a resource version is too old to continue from. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && error.status === 410;
}

/** Makes an error of the body of an answer, which is a Status object of the API server or anything of a proxy. */
export function toApiError(status: number, body: string, retryAfter: string | undefined): ApiError {
  const seconds = Number(retryAfter);
  return new ApiError(
    status,
    statusMessage(body) ?? `the API server has answered with status ${status}`,
    retryAfter !== undefined && Number.isFinite(seconds) ? seconds : undefined,
  );
}

function statusMessage(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
