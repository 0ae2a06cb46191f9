/** What is known of a verified token: all that a policy decides on. */
import { Provider } from "./config";

@unmanaged
export class Facts {
  provider: Provider;
  /** Seconds since the epoch; infinite where the token never expires. */
  expires: f64;
  notBefore: f64;
  /** Numbers of scopes and audiences in the configuration's table; u32 each. */
  scopes: usize;
  scopeCount: i32;
  audiences: usize;
  audienceCount: i32;
}
