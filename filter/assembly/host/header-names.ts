/** Names of request headers as the host takes them. */
import { asciiBytes } from "../bytes/ascii";

export const AUTHORIZATION: string = "authorization";
export const AUTHORIZATION_NAME: usize = asciiBytes(AUTHORIZATION);
export const COOKIE: string = "cookie";
export const COOKIE_NAME: usize = asciiBytes(COOKIE);
export const PATH: string = ":path";
export const PATH_NAME: usize = asciiBytes(PATH);
export const METHOD: string = ":method";
export const METHOD_NAME: usize = asciiBytes(METHOD);
export const ORIGIN: string = "origin";
export const ORIGIN_NAME: usize = asciiBytes(ORIGIN);
export const REQUEST_METHOD: string = "access-control-request-method";
export const REQUEST_METHOD_NAME: usize = asciiBytes(REQUEST_METHOD);
